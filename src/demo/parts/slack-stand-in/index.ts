// A stand-in for Slack on loopback: the real bolt code talks to it, people press its buttons on a page, tests press them by a call.
// It is for the demo and for tests; it believes whoever is on this machine, and listens nowhere else.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Delivery, type DeliveryAnswer, deliverByHttp, type Envelope } from "./delivery.ts";
import { bodyOf, type PageActions, servePage } from "./page-server.ts";
import { clickEnvelope, commandEnvelope, homeOpenedEnvelope, type Place, submitEnvelope } from "./payloads.ts";
import { serveSockets } from "./socket.ts";
import { type ApiState, callApi } from "./web-api.ts";
import { createWorkspace, type StandInMessage, type StandInUser, type StandInView } from "./workspace.ts";

export type { DeliveryAnswer, Envelope } from "./delivery.ts";
export { signedRequest } from "./delivery.ts";
export type { StandInMessage, StandInUser, StandInView } from "./workspace.ts";
export { directChannel } from "./workspace.ts";

const socketPath = "/link";

export const defaultUsers: readonly StandInUser[] = [
  { id: "U0ADMIN1", name: "Carol", role: "kafka-admins", email: "carol@example.com" },
  { id: "U0ADMIN2", name: "Dave", role: "kafka-admins", email: "dave@example.com" },
  { id: "U0ALICE", name: "Alice", role: "asked for it", email: "alice@example.com" },
];

export interface SlackStandInOptions {
  /** Who can press buttons on the page; the first is preselected. */
  readonly users?: readonly StandInUser[];
  /** 0 chooses a free one. */
  readonly port?: number;
  /** What the app may do, as its manifest asks; everything if not given. */
  readonly scopes?: readonly string[];
}

export interface ClickResult extends DeliveryAnswer {
  /** What was sent, for a test that sends it again. */
  readonly envelope: Envelope;
}

/** What happens to a call: `lost` is not done, `unanswered` is done and its answer lost, `busy` is refused with 429. */
export type Fault = "lost" | "unanswered" | "busy";

export interface SlackStandIn {
  /** The page with the messages and their buttons. */
  readonly pageUrl: string;
  /** For the `api` setting of the Slack channel. */
  readonly apiUrl: string;
  readonly token: string;
  readonly appToken: string;
  /** Slack user groups: id → user ids. A test changes it as people come and go. */
  readonly userGroups: Map<string, readonly string[]>;
  messages(): readonly StandInMessage[];
  onMessage(listener: (message: StandInMessage) => void): () => void;
  /** Resolves with the first message, present or future, that `matches`. */
  until(matches: (message: StandInMessage) => boolean): Promise<StandInMessage>;
  /** The dialog that a user has in front of them, or null. */
  dialogOf(user: string): StandInView | null;
  homeOf(user: string): StandInView | null;
  /** Presses a button of a message as somebody. Rejects if the message has no such button. */
  click(messageTs: string, actionId: string, user: string): Promise<ClickResult>;
  /** Presses a button of a user's App Home; `value` chooses between several of one kind. */
  clickHome(user: string, actionId: string, value?: string): Promise<ClickResult>;
  /** Sends off the dialog that a user has in front of them. Rejects if there is none. */
  submit(user: string, values?: Readonly<Record<string, string>>): Promise<ClickResult>;
  /** A click and the dialog that it opens, with a reason where one is given. */
  decide(messageTs: string, actionId: string, user: string, reason?: string): Promise<ClickResult>;
  command(command: string, text: string, user: string): Promise<ClickResult>;
  openHome(user: string): Promise<ClickResult>;
  /** Sends an envelope as it is, once more or forged. */
  deliver(message: Envelope): Promise<boolean>;
  /** From now on by signed HTTP instead of Socket Mode; null: back again. */
  useHttp(to: { readonly url: string; readonly signingSecret: string } | null): void;
  /** Resolves when the app is connected. */
  connected(): Promise<void>;
  readonly connections: number;
  /** API calls that were not answered with `ok`. */
  readonly refusedCalls: number;
  /** Names of the methods called so far. */
  readonly methods: ReadonlySet<string>;
  disconnect(): void;
  /** Cuts all connections without a word, as a network does. What was posted stays. */
  cut(): void;
  revokeToken(): void;
  restoreToken(): void;
  /** While true every API call is answered with 503, as when Slack is down. */
  setDown(down: boolean): void;
  /** Asked for each call from now on. */
  setFaults(faults: (method: string) => Fault | null): void;
  stop(): Promise<void>;
}

export async function startSlackStandIn(options: SlackStandInOptions = {}): Promise<SlackStandIn> {
  const workspace = createWorkspace(options.users ?? defaultUsers, Date.now);
  let origin = "";
  let down = false;
  let refusedCalls = 0;
  let faults: (method: string) => Fault | null = () => null;
  const methods = new Set<string>();
  const api: ApiState = {
    workspace,
    botToken: "xoxb-stand-in",
    appToken: "xapp-stand-in",
    tokensValid: true,
    scopes: options.scopes === undefined ? null : new Set(options.scopes),
    socketUrl: () => `${origin.replace("http", "ws")}${socketPath}`,
  };
  const server = createServer((request, response) => {
    void route(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(400);
      response.end();
    });
  });
  const sockets = serveSockets(server, socketPath);
  let delivery: Delivery = sockets;

  const send = async (message: Envelope | null, what: string): Promise<ClickResult> => {
    if (message === null) throw new Error(`no button ${what}`);
    return { ...(await delivery.deliver(message)), envelope: message };
  };
  const press = (place: Place | null, actionId: string, user: string, value?: string) =>
    send(place === null ? null : clickEnvelope(workspace, place, actionId, user, value), `${actionId} in sight`);
  const dialogOf = (user: string) => workspace.dialogs().find((one) => one.user === user) ?? null;
  const homeOf = (user: string) => workspace.homes().find((one) => one.user === user) ?? null;

  const click = (ts: string, actionId: string, user: string) => {
    const message = workspace.find(ts);
    return press(message === undefined ? null : { message }, actionId, user);
  };
  const clickHome = (user: string, actionId: string, value?: string) => {
    const home = homeOf(user);
    return press(home === null ? null : { home }, actionId, user, value);
  };
  const submit = async (user: string, values: Readonly<Record<string, string>> = {}): Promise<ClickResult> => {
    const open = dialogOf(user);
    if (open === null) throw new Error(`${user} has no dialog open`);
    const result = await send(submitEnvelope(workspace, open, values), "to submit");
    if (result.acknowledged) afterSubmit(user, result.body);
    return result;
  };
  /** Slack closes a dialog that was acknowledged, unless the answer says otherwise. */
  const afterSubmit = (user: string, body: unknown): void => {
    const answer = (body ?? {}) as { readonly response_action?: string; readonly view?: StandInView["view"] };
    if (answer.response_action === "errors") return;
    workspace.changeDialog(user, answer.response_action === "update" ? (answer.view ?? null) : null);
  };
  const command = async (name: string, text: string, user: string): Promise<ClickResult> => {
    const result = await send(commandEnvelope(workspace, name, text, user), name);
    const answer = (result.body ?? {}) as Partial<Pick<StandInMessage, "text" | "blocks">>;
    const { text: said = "", blocks = [] } = answer;
    if (said !== "" || blocks.length > 0)
      workspace.post({ channel: "C0KAFKAAPPROVALS", threadTs: null, onlyFor: user, text: said, blocks });
    return result;
  };
  const openHome = (user: string) => send(homeOpenedEnvelope(user), "to open");
  const closeDialog = (user: string) => workspace.changeDialog(user, null);
  const actions: PageActions = { click, clickHome, submit, command, openHome, closeDialog };
  const page = await servePage(workspace, actions, () => origin);

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    if (path.startsWith("/api/")) return await answerCall(path.slice("/api/".length), request, response);
    if (!(await page.answer(path, request, response))) response.writeHead(404).end();
  }

  async function answerCall(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
    methods.add(name);
    const fault = faults(name);
    if (down || fault === "busy") {
      refusedCalls++;
      const [status, headers] = down ? [503, {}] : [429, { "retry-after": "1" }];
      return void response.writeHead(status, headers).end();
    }
    if (fault === "lost") return void response.destroy();
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? form["token"] ?? null;
    const answer = callApi(api, name, form, token);
    if (!answer.ok) refusedCalls++;
    if (fault === "unanswered") return void response.destroy();
    response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(answer));
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
    userGroups: workspace.userGroups,
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
    dialogOf,
    homeOf,
    click,
    clickHome,
    submit,
    async decide(ts, actionId, user, reason) {
      const clicked = await click(ts, actionId, user);
      if (!clicked.acknowledged || dialogOf(user) === null) return clicked;
      return await submit(user, reason === undefined ? {} : { reason });
    },
    command,
    openHome,
    deliver: async (message) => (await delivery.deliver(message)).acknowledged,
    useHttp(to) {
      delivery = to === null ? sockets : deliverByHttp(to.url, to.signingSecret);
    },
    connected: () => sockets.connected(),
    get connections() {
      return sockets.connections;
    },
    get refusedCalls() {
      return refusedCalls;
    },
    methods,
    disconnect: () => sockets.disconnect(),
    cut() {
      sockets.cut();
      server.closeAllConnections();
    },
    revokeToken: () => {
      api.tokensValid = false;
    },
    restoreToken: () => {
      api.tokensValid = true;
    },
    setDown: (isDown) => {
      down = isDown;
    },
    setFaults: (asked) => {
      faults = asked;
    },
    async stop() {
      sockets.close();
      page.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
