// The part of Slack's Web API that the app calls. Bodies come form-encoded with JSON strings inside, answers are 200 with `ok`.
// A method whose scope the app's manifest does not ask for is refused as Slack refuses it. Source: Slack's method reference; what
// @slack/web-api sends.
import { listOf } from "./block-limits.ts";
import { directChannel, type SlackBlock, type StandInMessage, type StandInUser, type Workspace } from "./workspace.ts";

export interface ApiState {
  readonly workspace: Workspace;
  readonly botToken: string;
  readonly appToken: string;
  /** False after a revocation: every call is then refused as Slack does. */
  tokensValid: boolean;
  /** What the app's manifest asks for; null grants everything. */
  readonly scopes: ReadonlySet<string> | null;
  /** Where Socket Mode is to connect. */
  socketUrl(): string;
}

type Answer = { readonly ok: true; readonly [key: string]: unknown } | { readonly ok: false; readonly error: string };
export type Form = Readonly<Record<string, string | undefined>>;
type Method = (state: ApiState, form: Form) => Answer;

export const standInTeam = { id: "T0STANDIN", domain: "stand-in" } as const;
export const standInApp = "A0STANDIN";
const bot = { id: "B0BOT", user: "U0BOT" } as const;

const methods: Readonly<Record<string, Method>> = {
  "auth.test": () => ({
    ok: true,
    url: "http://127.0.0.1/",
    team: "Stand-in",
    user: "lockkeeper",
    team_id: standInTeam.id,
    user_id: bot.user,
    bot_id: bot.id,
  }),
  "bots.info": (_, form) =>
    form["bot"] === bot.id
      ? { ok: true, bot: { id: bot.id, app_id: standInApp, user_id: bot.user, name: "lockkeeper" } }
      : refuse("bot_not_found"),
  "apps.connections.open": (state) => ({ ok: true, url: state.socketUrl() }),
  "chat.postMessage": ({ workspace }, form) => {
    const channel = workspace.channelId(form["channel"] ?? "");
    const metadata = form["metadata"] === undefined ? {} : { metadata: JSON.parse(form["metadata"]) as unknown };
    const threadTs = form["thread_ts"] ?? null;
    if (threadTs !== null && workspace.find(threadTs)?.channel !== channel) return refuse("thread_not_found");
    const message = workspace.post({ ...content(form), ...metadata, channel, threadTs, onlyFor: null });
    if (typeof message === "string") return refuse(message);
    return { ok: true, channel, ts: message.ts, message: { text: message.text, ts: message.ts } };
  },
  "chat.update": ({ workspace }, form) => {
    const { text, blocks } = content(form);
    const message = workspace.update(form["channel"] ?? "", form["ts"] ?? "", text, blocks);
    if (typeof message === "string") return refuse(message);
    return { ok: true, channel: message.channel, ts: message.ts, text: message.text };
  },
  "chat.postEphemeral": ({ workspace }, form) => {
    const channel = workspace.channelId(form["channel"] ?? "");
    const message = workspace.post({ ...content(form), channel, threadTs: null, onlyFor: form["user"] ?? "" });
    return typeof message === "string" ? refuse(message) : { ok: true, message_ts: message.ts };
  },
  "conversations.open": ({ workspace }, form) => {
    const user = personOf(workspace, form["users"]);
    return user === undefined ? refuse("user_not_found") : { ok: true, channel: { id: directChannel(user.id) } };
  },
  "conversations.history": ({ workspace }, form) => {
    if (!/^[CD]\w+$/.test(form["channel"] ?? "")) return refuse("channel_not_found");
    return history(workspace, form, (message) => message.threadTs === null);
  },
  "conversations.replies": ({ workspace }, form) =>
    history(workspace, form, (message) => message.threadTs === form["ts"] || message.ts === form["ts"]),
  "views.open": ({ workspace }, form) =>
    viewAnswer(workspace.openDialog(form["trigger_id"] ?? "", JSON.parse(form["view"] ?? "{}"))),
  "views.publish": ({ workspace }, form) => {
    const user = personOf(workspace, form["user_id"]);
    if (user === undefined) return refuse("user_not_found");
    return viewAnswer(workspace.publishHome(user.id, JSON.parse(form["view"] ?? "{}")));
  },
  "users.info": ({ workspace, scopes }, form) => {
    const user = personOf(workspace, form["user"]);
    if (user === undefined || scopes === null || scopes.has("users:read.email")) return userAnswer(user);
    const { email: _, ...rest } = user;
    return userAnswer(rest);
  },
  "users.lookupByEmail": ({ workspace }, form) => {
    const wanted = form["email"]?.toLowerCase();
    const found = workspace.users.find(({ email }) => email !== undefined && email.toLowerCase() === wanted);
    return found === undefined ? refuse("users_not_found") : userAnswer(found);
  },
  "usergroups.users.list": ({ workspace }, form) => {
    const users = workspace.userGroups.get(form["usergroup"] ?? "");
    return users === undefined ? refuse("no_such_subteam") : { ok: true, users };
  },
};

/** The scope that a bot's token needs for each method; one of several, where kinds of channels have their own. */
const scopesOf: Readonly<Record<string, readonly string[]>> = {
  "bots.info": ["users:read"],
  "chat.postMessage": ["chat:write"],
  "chat.update": ["chat:write"],
  "chat.postEphemeral": ["chat:write"],
  "conversations.open": ["im:write"],
  "conversations.history": ["channels:history", "groups:history", "im:history"],
  "conversations.replies": ["channels:history", "groups:history", "im:history"],
  "users.info": ["users:read"],
  "users.lookupByEmail": ["users:read.email"],
  "usergroups.users.list": ["usergroups:read"],
};

/** One call: its method's name, its form and the token of its Authorization header. */
export function callApi(state: ApiState, name: string, form: Form, token: string | null): Answer {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) return refuse("unknown_method");
  if (!state.tokensValid) return refuse("invalid_auth");
  const wanted = name === "apps.connections.open" ? state.appToken : state.botToken;
  if (token === null) return refuse("not_authed");
  if (token !== wanted) return refuse("invalid_auth");
  const scopes = scopesOf[name] ?? [];
  if (state.scopes !== null && scopes.length > 0 && !scopes.some((scope) => state.scopes?.has(scope)))
    return refuse("missing_scope");
  return method(state, form);
}

function refuse(error: string): Answer {
  return { ok: false, error };
}

function content(form: Form): { readonly text: string; readonly blocks: readonly SlackBlock[] } {
  const blocks: readonly SlackBlock[] = JSON.parse(form["blocks"] ?? "[]");
  return { text: form["text"] ?? "", blocks };
}

function personOf(workspace: Workspace, id: string | undefined): StandInUser | undefined {
  return workspace.users.find((one) => one.id === id);
}

function userAnswer(user: StandInUser | undefined): Answer {
  if (user === undefined) return refuse("user_not_found");
  const { id, name, email } = user;
  const profile = { display_name: name, real_name: name, ...(email === undefined ? {} : { email }) };
  return { ok: true, user: { id, name: name.toLowerCase(), real_name: name, is_email_confirmed: true, profile } };
}

function viewAnswer(view: { readonly id: string } | string): Answer {
  return typeof view === "string" ? refuse(view) : { ok: true, view: { id: view.id } };
}

/** Newest first, as Slack does; at most `limit`, from `oldest` on. */
function history(workspace: Workspace, form: Form, wanted: (message: StandInMessage) => boolean): Answer {
  const oldest = Number(form["oldest"] ?? 0);
  const found = workspace
    .messages()
    .filter((one) => one.channel === form["channel"] && one.onlyFor === null && wanted(one) && Number(one.ts) >= oldest)
    .toReversed()
    .slice(0, Number(form["limit"] ?? 100));
  const withMetadata = form["include_all_metadata"] === "true";
  const messages = found.map(({ ts, text, metadata }) => {
    const kept = withMetadata ? listOf([metadata]) : [];
    return { type: "message", ts, text, bot_id: bot.id, app_id: standInApp, ...(kept[0] && { metadata: kept[0] }) };
  });
  return { ok: true, messages, has_more: false };
}
