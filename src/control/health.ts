// Health over HTTP for orchestrators and people: is the process alive, would a client be served, and if not, why.
// No secrets, no principals; bound to loopback unless the configuration says otherwise.
import { createServer, type ServerResponse } from "node:http";
import { LockkeeperError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";

export interface Health {
  live(): boolean;
  ready(): boolean;
  details(): JsonObject;
}

export interface Control {
  /** `host:port` */
  readonly address: string;
  close(): Promise<void>;
}

/** `GET /health/live` and `GET /health/ready` answer 200 or 503 with the details as JSON. Rejects when it cannot listen. */
export async function startControl(
  bind: { readonly host: string; readonly port: number },
  health: Health,
): Promise<Control> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (path === "/health/live") send(response, health.live() ? 200 : 503, { live: health.live() });
    else if (path === "/health/ready")
      send(response, health.ready() ? 200 : 503, { ready: health.ready(), ...health.details() });
    else send(response, 404, { error: "not found", paths: ["/health/live", "/health/ready"] });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", (error: NodeJS.ErrnoException) =>
    reject(
      new LockkeeperError("config-invalid", `control.bind ${bind.host}:${bind.port}: ${error.code ?? error.message}`),
    ),
  );
  server.listen(bind.port, bind.host, resolve);
  await promise;
  const address = server.address();
  const port = address && typeof address === "object" ? address.port : bind.port;
  return {
    address: `${bind.host}:${port}`,
    close() {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

function send(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
