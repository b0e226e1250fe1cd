// A schema registry for tests, on loopback: what it is told to answer, by path, and what it was asked. Speaks the part of Confluent's API that we use.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface StandIn {
  readonly url: string;
  /** By path, such as `/schemas/ids/1`; a function answers by itself. What is not here is 404, as Confluent says it. */
  readonly answers: Map<string, object | ((response: ServerResponse) => void)>;
  readonly asked: string[];
  readonly headers: IncomingMessage["headers"][];
  close(): Promise<void>;
}

export async function startStandIn(answers: Readonly<Record<string, object>> = {}): Promise<StandIn> {
  const known = new Map<string, object | ((response: ServerResponse) => void)>(Object.entries(answers));
  const asked: string[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    headers.push(request.headers);
    const answer = known.get(path.split("?")[0] ?? "");
    if (typeof answer === "function") {
      answer(response);
      return;
    }
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/vnd.schemaregistry.v1+json" });
    response.end(JSON.stringify(answer ?? { error_code: 40_403, message: "Schema not found" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answers: known,
    asked,
    headers,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
