// One GET of JSON, with a bound on time and size. Never follows a redirect: it could lead a credential elsewhere. What goes wrong is said without
// the credential and without what the server answered.
import { type Agent, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { LockkeeperError } from "../../base/errors.ts";

export interface Get {
  readonly url: URL;
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly msMax: number;
  readonly bytesMax: number;
}

export interface Got {
  readonly status: number;
  /** Undefined where it is no JSON. */
  readonly body: unknown;
}

/** Rejects with LockkeeperError `registry-unavailable`. */
export async function getJson(get: Get): Promise<Got> {
  const answer = Promise.withResolvers<Got>();
  const fail = (reason: string) => answer.reject(new LockkeeperError("registry-unavailable", reason));
  const open = get.url.protocol === "https:" ? httpsRequest : httpRequest;
  const timer = setTimeout(() => {
    fail(`it did not answer within ${get.msMax} ms`);
    request.destroy();
  }, get.msMax);
  const request = open(get.url, { agent: get.agent, headers: get.headers }, (response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= get.bytesMax) return;
      fail(`its answer is larger than ${get.bytesMax} bytes`);
      request.destroy();
    });
    response.on("error", () => fail("its answer broke off"));
    response.on("end", () => answer.resolve({ status: response.statusCode ?? 0, body: parsed(chunks) }));
  });
  request.on("error", (error) => fail(`it cannot be reached (${codeOf(error)})`));
  request.end();
  try {
    return await answer.promise;
  } finally {
    clearTimeout(timer);
  }
}

function parsed(chunks: readonly Buffer[]): unknown {
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
