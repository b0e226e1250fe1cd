// What a route of the HTTP API is. Routes are lists (routes/index.ts), so that server, OpenAPI document and tests say the same. A route decides
// nothing about people beyond what it is told: who calls was proved before it runs.
import type { z } from "zod";
import type { Identity } from "../model/identity.ts";

export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Null where the route is open. */
  readonly identity: Identity | null;
  /** `host:port` of the caller. */
  readonly client: string;
  readonly tls: boolean;
}

export interface Reply {
  readonly status: number;
  /** JSON, or text of `contentType`. */
  readonly body: unknown;
  readonly contentType?: string;
}

export interface Route<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: "GET" | "POST";
  /** Fastify's form, `/v1/approvals/:id`. */
  readonly path: string;
  /** `open`: for everybody who reaches the port. `person`: whoever proves who they are. */
  readonly access: "open" | "person";
  /** OpenAPI's operationId, and a line of what it does. */
  readonly name: string;
  readonly summary: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /** Of 200; null where the body is text or may have any form. */
  readonly answer: z.ZodType | null;
  /** Of 200, for the document; JSON where it is not given. */
  readonly answerType?: string;
  /** Rejects with a LockkeeperError, whose code becomes a status (server.ts). */
  handle(call: Call<Params, Query, Body>): Promise<Reply>;
}

/** Types a route, and forgets the types again: the server checks what comes in by the route's own schemas. */
export function route<Params, Query, Body>(it: Route<Params, Query, Body>): AnyRoute {
  return it as AnyRoute;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of routes of different bodies; each is called with what its own schemas let through
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyRoute = Route<any, any, any>;

export function ok(body: unknown): Reply {
  return { status: 200, body };
}
