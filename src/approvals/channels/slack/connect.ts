// Keeps the way from Slack to us open: Socket Mode, or an HTTP server of our own for signed requests. Tries again for ever while Slack is
// away. Learns first whose token it is: nothing is taken from anybody else.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { App, HTTPReceiver, type webApi } from "@slack/bolt";
import type { Cancel } from "../../../base/clock.ts";
import { describeError } from "../../../base/errors.ts";
import type { ChannelContext } from "../channels.ts";
import { slackLogger } from "./log.ts";
import { guardOrigin, isAhead, type Origin, signatureOf } from "./origin.ts";
import { type SlackSettings, slackPath } from "./settings.ts";

const restartMsMin = 1_000;
const restartMsMax = 30_000;
/** Slack's own limit for an answer; afterwards the person sees that it did not work. */
const answerMsMax = 3_000;
const bodyLimit = "256kb";

export interface Connection {
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly settings: SlackSettings;
  readonly clientOptions: webApi.WebClientOptions;
  readonly context: ChannelContext;
  readonly web: webApi.WebClient;
  /** Adds the listeners for what people do. */
  readonly listen: (app: App) => void;
}

/** Returns at once. */
export function keepConnected(options: ConnectOptions): Connection {
  const { context } = options;
  let closed = false;
  let open: Connection | null = null;
  let cancel: Cancel | null = null;
  const connect = async (waitMs: number): Promise<void> => {
    if (closed) return;
    try {
      open = await connectOnce(options);
      context.log.info({}, "connected to Slack");
      if (closed) await open.close();
    } catch (error) {
      context.log.warn({ error: describeError(error) }, "Slack cannot be reached; trying again");
      cancel = context.clock.after(waitMs, () => void connect(Math.min(waitMs * 2, restartMsMax)));
    }
  };
  void connect(restartMsMin);
  return {
    async close() {
      closed = true;
      cancel?.();
      await open?.close();
    },
  };
}

async function connectOnce(options: ConnectOptions): Promise<Connection> {
  const { settings, web } = options;
  const origin = await whose(web);
  const { signingSecret, bind } = settings;
  return signingSecret === undefined || bind === undefined
    ? await bySocket(options, origin)
    : await byHttp(options, origin, signingSecret, bind);
}

async function whose(web: webApi.WebClient): Promise<Origin> {
  const { team_id: team, bot_id: bot } = await web.auth.test();
  const app = bot === undefined ? undefined : (await web.bots.info({ bot })).bot?.app_id;
  if (team === undefined || app === undefined) throw new Error("Slack does not say whose token this is");
  return { team, app };
}

/** Both ways: not initialised yet, so that a token that Slack refuses is an error here and not one of the process. */
const deferred = { deferInitialization: true } as const;

async function bySocket(
  { settings, clientOptions, context, listen }: ConnectOptions,
  origin: Origin,
): Promise<Connection> {
  const app = new App({
    token: settings.token,
    appToken: settings.appToken ?? "",
    socketMode: true,
    ...deferred,
    // A copy: Socket Mode writes its own retries into the options it is given.
    clientOptions: { ...clientOptions },
    logger: slackLogger(context.log),
  });
  guardOrigin(app, () => origin, context);
  listen(app);
  const stop = async () => void (await app.stop().catch(() => {}));
  try {
    await app.init();
    await app.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { close: stop };
}

async function byHttp(
  { settings, clientOptions, context, listen }: ConnectOptions,
  origin: Origin,
  signingSecret: string,
  bind: { readonly host: string; readonly port: number },
): Promise<Connection> {
  const logger = slackLogger(context.log);
  const receiver = new HTTPReceiver({
    signingSecret,
    endpoints: slackPath,
    logger,
    bodyLimit,
    customPropertiesExtractor: (request) => ({ ...signatureOf(request) }),
    unhandledRequestTimeoutMillis: answerMsMax,
    unhandledRequestHandler: ({ response }) => refuse(response, 503),
  });
  const app = new App({ token: settings.token, receiver, ...deferred, clientOptions: { ...clientOptions }, logger });
  guardOrigin(app, () => origin, context);
  listen(app);
  await app.init();
  const server = createServer((request, response) => take(receiver, request, response, context));
  server.requestTimeout = 10_000;
  await listening(server, bind);
  return { close: () => ended(server) };
}

function take(
  receiver: HTTPReceiver,
  request: IncomingMessage,
  response: ServerResponse,
  { clock }: ChannelContext,
): void {
  if (request.url === slackPath && request.method === "POST" && isAhead(request, clock)) return refuse(response, 401);
  try {
    receiver.requestListener(request, response);
  } catch {
    // Bolt throws for every path that is not its own.
    refuse(response, 404);
  }
}

function refuse(response: ServerResponse, status: number): void {
  if (!response.headersSent) response.writeHead(status).end();
}

function listening(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function ended(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
