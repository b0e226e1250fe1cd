// The HTTP server of health and API (fastify). It checks what comes in by each route's schemas, proves who calls, and turns failures into
// statuses; it knows no approvals. Answers are never cached and never readable by foreign pages: there are no CORS headers, bodies must be JSON (a
// form cannot send that), and a request that a browser marks as another site's is refused.
import { type SecureContextOptions, type TLSSocket, Server as TlsServer } from "node:tls";
import rateLimit from "@fastify/rate-limit";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { z } from "zod";
import { describeError, type ErrorCode, LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Identity } from "../model/identity.ts";
import type { Authenticate } from "./authenticate.ts";
import { openApi } from "./openapi.ts";
import { type AnyRoute, ok, route } from "./route.ts";

export interface ControlOptions {
  readonly bind: { readonly host: string; readonly port: number };
  /** Certificate and key; null for plain HTTP, where the API answers loopback only. */
  readonly tls: SecureContextOptions | null;
  readonly routes: readonly AnyRoute[];
  /** Of one address in a minute. */
  readonly requestsMax: number;
  readonly authenticate: Authenticate;
  readonly log: Log;
  readonly version: string;
}

export interface Control {
  /** `host:port` */
  readonly address: string;
  /** New connections are served with this certificate from now on. Throws when it is not usable. */
  secure(material: SecureContextOptions): void;
  close(): Promise<void>;
}

const requestMsMax = 30_000;

/** Rejects with `config-invalid` when it cannot listen. */
export async function startControl(options: ControlOptions): Promise<Control> {
  const { bind, tls } = options;
  const how = {
    bodyLimit: limits.controlBodyBytesMax,
    requestTimeout: requestMsMax,
    logger: false,
    exposeHeadRoutes: false,
  };
  const app = (tls === null ? fastify(how) : fastify({ ...how, https: tls })) as FastifyInstance;
  await app.register(rateLimit, {
    max: options.requestsMax,
    timeWindow: "1 minute",
    allowList: (request) => options.routes.some(({ access, path }) => access === "open" && path === request.url),
  });
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
  });
  app.setErrorHandler((error, _request, reply) => fail(options.log, error, reply));
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: "not-found", message: "There is no such path; GET /openapi.json lists them." }),
  );
  const document = openApi(options.routes, options.version);
  const self = route({
    method: "GET",
    path: "/openapi.json",
    access: "open",
    name: "openapi",
    summary: "This document.",
    answer: null,
    handle: async () => ok(document),
  });
  for (const each of [...options.routes, self]) serve(app, each, options.authenticate);
  try {
    await app.listen({ host: bind.host, port: bind.port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? describeError(error);
    throw new LockkeeperError("config-invalid", `control.bind ${bind.host}:${bind.port}: ${code}`);
  }
  const address = app.server.address();
  const port = address !== null && typeof address === "object" ? address.port : bind.port;
  return {
    address: `${bind.host}:${port}`,
    secure(material) {
      const server: unknown = app.server;
      if (server instanceof TlsServer) server.setSecureContext(material);
    },
    async close() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

function serve(app: FastifyInstance, it: AnyRoute, authenticate: Authenticate): void {
  app.route({
    method: it.method,
    url: it.path,
    handler: async (request, reply) => {
      const tls = "encrypted" in request.raw.socket && (request.raw.socket as TLSSocket).encrypted;
      const identity = it.access === "open" ? null : await proved(request, tls, authenticate);
      const { status, body, contentType } = await it.handle({
        params: checked(it.params, request.params),
        query: checked(it.query, request.query),
        body: checked(it.body, request.body),
        identity,
        client: `${request.socket.remoteAddress ?? "?"}:${request.socket.remotePort ?? 0}`,
        tls,
      });
      return reply
        .code(status)
        .type(contentType ?? "application/json; charset=utf-8")
        .send(body);
    },
  });
}

async function proved(request: FastifyRequest, tls: boolean, authenticate: Authenticate): Promise<Identity> {
  const address = request.socket.remoteAddress ?? "";
  // a credential that crossed a network in the clear is not asked for
  if (!tls && !isLoopback(address))
    throw refused("Without TLS (control.tls) the API answers on the gateway's own machine only.");
  const site = request.headers["sec-fetch-site"];
  const { origin, host } = request.headers;
  const foreign = origin !== undefined && URL.parse(origin)?.host !== host;
  if (foreign || (site !== undefined && site !== "same-origin" && site !== "none"))
    throw refused("Requests of other sites' pages are refused.");
  return authenticate(request.headers.authorization, address);
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");
}

function refused(message: string): LockkeeperError {
  return new LockkeeperError("request-refused", message);
}

function checked(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return {};
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw new LockkeeperError("message-malformed", `${at}${issue?.message ?? "not as documented"}`);
}

const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  "authentication-failed": 401,
  "request-refused": 403,
  "approval-unknown": 404,
  "approval-refused": 409,
  "message-malformed": 400,
  "version-unsupported": 400,
  "approvals-unavailable": 503,
  "broker-unavailable": 503,
  "broker-login-failed": 503,
  overloaded: 429,
};

/** What is no failure of ours to tell (a bug, a stack) is told to the log, and to the caller only that it happened. */
function fail(log: Log, error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof LockkeeperError) {
    const status = statuses[error.code] ?? 500;
    if (status === 401) reply.header("www-authenticate", 'Bearer, Basic realm="lockkeeper", charset="UTF-8"');
    const message = status === 500 ? error.publicMessage : error.message;
    return reply.code(status).send({ error: error.code, message });
  }
  // fastify's own: a body too large, JSON that is none, another content type, too many requests
  const status = (error as FastifyError).statusCode ?? 500;
  if (status < 500) return reply.code(status).send({ error: "request-invalid", message: describeError(error) });
  log.error({ error: describeError(error) }, "a request to the HTTP API failed");
  return reply.code(500).send({ error: "failed", message: "The gateway could not do it; its log says why." });
}
