// A stand-in for Slack on loopback: the real bolt code talks to it, people press its buttons on a page, tests press them by a call.
// It is for the demo and for tests; it believes whoever is on this machine, and listens nowhere else.
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listOf } from "./block-limits.ts";
import { type Envelope, envelope, serveSockets } from "./socket.ts";
import { type ApiState, callApi, standInTeam } from "./web-api.ts";
import { createWorkspace, type StandInMessage, type StandInUser } from "./workspace.ts";

export type { Envelope } from "./socket.ts";
export type { StandInMessage, StandInUser } from "./workspace.ts";

const bodyBytesMax = 1_000_000;
const socketPath = "/link";

export const defaultUsers: readonly StandInUser[] = [
  { id: "U0ADMIN1", name: "Carol", role: "kafka-admins" },
  { id: "U0ADMIN2", name: "Dave", role: "kafka-admins" },
  { id: "U0REQUESTER", name: "Alice", role: "asked for it" },
];

export interface SlackStandInOptions {
  /** Who can press buttons on the page; the first is preselected. */
  readonly users?: readonly StandInUser[];
  /** 0 chooses a free one. */
  readonly port?: number;
}

export interface ClickResult {
  /** False: the person would see a warning sign. */
  readonly acknowledged: boolean;
  /** What was sent, for a test that sends it again. */
  readonly envelope: Envelope;
}

export interface SlackStandIn {
  /** The page with the messages and their buttons. */
  readonly pageUrl: string;
  /** For the `api` setting of the Slack channel. */
  readonly apiUrl: string;
  readonly token: string;
  readonly appToken: string;
  messages(): readonly StandInMessage[];
  onMessage(listener: (message: StandInMessage) => void): () => void;
  /** Resolves with the first message, present or future, that `matches`. */
  until(matches: (message: StandInMessage) => boolean): Promise<StandInMessage>;
  /** Presses a button of a message as somebody. Rejects if the message has no such button. */
  click(messageTs: string, actionId: string, user: string): Promise<ClickResult>;
  /** Sends an envelope as it is, once more or forged. */
  deliver(message: Envelope): Promise<boolean>;
  /** Resolves when the app is connected. */
  connected(): Promise<void>;
  readonly connections: number;
  /** API calls that were not answered with `ok`. */
  readonly refusedCalls: number;
  disconnect(): void;
  revokeToken(): void;
  restoreToken(): void;
  /** While true every API call is answered with 503, as when Slack is down. */
  setDown(down: boolean): void;
  stop(): Promise<void>;
}

export async function startSlackStandIn(options: SlackStandInOptions = {}): Promise<SlackStandIn> {
  const workspace = createWorkspace(options.users ?? defaultUsers, Date.now);
  let origin = "";
  let down = false;
  let refusedCalls = 0;
  const api: ApiState = {
    workspace,
    botToken: "xoxb-stand-in",
    appToken: "xapp-stand-in",
    tokensValid: true,
    socketUrl: () => `${origin.replace("http", "ws")}${socketPath}`,
  };
  const pages = await loadPages();
  const viewers = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    void route(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(400);
      response.end();
    });
  });
  const sockets = serveSockets(server, socketPath);
  const snapshot = () => JSON.stringify({ users: workspace.users, messages: workspace.messages() });
  workspace.onMessage(() => {
    for (const viewer of viewers) viewer.write(`data: ${snapshot()}\n\n`);
  });

  const click = async (messageTs: string, actionId: string, user: string): Promise<ClickResult> => {
    const message = workspace.find(messageTs);
    const payload = message === undefined ? null : clickPayload(message, actionId, user, workspace.users);
    if (payload === null) throw new Error(`no button ${actionId} in message ${messageTs}`);
    const sent = envelope(payload);
    return { acknowledged: await sockets.deliver(sent), envelope: sent };
  };

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const page = pages.get(path);
    if (path.startsWith("/api/")) {
      const form = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
      if (down) {
        refusedCalls++;
        return void response.writeHead(503).end();
      }
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? form["token"] ?? null;
      const answer = callApi(api, path.slice("/api/".length), form, token);
      if (!answer.ok) refusedCalls++;
      return sendJson(response, answer);
    }
    if (request.method === "GET" && page !== undefined) {
      return void response.writeHead(200, { "content-type": page.type, "cache-control": "no-store" }).end(page.body);
    }
    if (request.method === "GET" && path === "/events") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(`data: ${snapshot()}\n\n`);
      viewers.add(response);
      return void response.on("close", () => viewers.delete(response));
    }
    // JSON only: a form on some other page, opened in the same browser, cannot press a button here.
    const isJson = request.headers["content-type"] === "application/json";
    if (request.method === "POST" && path === "/click" && isJson && request.headers.host === new URL(origin).host) {
      const { ts, action, user }: Record<"ts" | "action" | "user", string> = JSON.parse(await bodyOf(request));
      const { acknowledged } = await click(ts, action, user);
      return sendJson(response, { acknowledged });
    }
    response.writeHead(404).end();
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const address = server.address();
  origin = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
  return {
    pageUrl: `${origin}/`,
    apiUrl: `${origin}/api/`,
    token: api.botToken,
    appToken: api.appToken,
    messages: () => workspace.messages(),
    onMessage: (listener) => workspace.onMessage(listener),
    until: (matches) => {
      const present = workspace.messages().find(matches);
      if (present !== undefined) return Promise.resolve(present);
      return new Promise((resolve) => {
        const stop = workspace.onMessage((message) => {
          if (!matches(message)) return;
          stop();
          resolve(message);
        });
      });
    },
    click,
    deliver: (message) => sockets.deliver(message),
    connected: () => sockets.connected(),
    get connections() {
      return sockets.connections;
    },
    get refusedCalls() {
      return refusedCalls;
    },
    disconnect: () => sockets.disconnect(),
    revokeToken: () => {
      api.tokensValid = false;
    },
    restoreToken: () => {
      api.tokensValid = true;
    },
    setDown: (isDown) => {
      down = isDown;
    },
    async stop() {
      sockets.close();
      for (const viewer of viewers) viewer.end();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function clickPayload(message: StandInMessage, actionId: string, userId: string, users: readonly StandInUser[]) {
  const buttons = message.blocks
    .filter((block) => block.type === "actions")
    .flatMap((block) => listOf(block["elements"]));
  const button = buttons.find((one) => one["action_id"] === actionId);
  if (button === undefined) return null;
  const name = users.find((user) => user.id === userId)?.name ?? userId;
  const now = Date.now();
  return {
    type: "block_actions",
    user: { id: userId, username: name.toLowerCase(), name, team_id: standInTeam.id },
    api_app_id: "A0STANDIN",
    container: { type: "message", message_ts: message.ts, channel_id: message.channel, is_ephemeral: false },
    trigger_id: `${now}.1.stand-in`,
    team: standInTeam,
    channel: { id: message.channel, name: "kafka-approvals" },
    message: { type: "message", ts: message.ts, text: message.text, blocks: message.blocks },
    actions: [{ ...button, block_id: "stand-in", action_ts: (now / 1_000).toFixed(6) }],
  };
}

interface Page {
  readonly type: string;
  readonly body: Buffer;
}

async function loadPages(): Promise<ReadonlyMap<string, Page>> {
  const files = [
    ["/", "page.html", "text/html; charset=utf-8"],
    ["/page.css", "page.css", "text/css; charset=utf-8"],
    ["/page.mjs", "page.mjs", "text/javascript; charset=utf-8"],
  ] as const;
  return new Map(
    await Promise.all(
      files.map(
        async ([path, name, type]) =>
          [path, { type, body: await readFile(new URL(`./${name}`, import.meta.url)) }] as const,
      ),
    ),
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new Error("body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
}
