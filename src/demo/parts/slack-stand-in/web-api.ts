// The part of Slack's Web API that an app with messages and buttons calls. Bodies come form-encoded with JSON strings inside, answers are
// 200 with `ok`. Source: Slack's method reference; what @slack/web-api sends.
import type { SlackBlock, Workspace } from "./workspace.ts";

export interface ApiState {
  readonly workspace: Workspace;
  readonly botToken: string;
  readonly appToken: string;
  /** False after a revocation: every call is then refused as Slack does. */
  tokensValid: boolean;
  /** Where Socket Mode is to connect. */
  socketUrl(): string;
}

type Answer = { readonly ok: true; readonly [key: string]: unknown } | { readonly ok: false; readonly error: string };
export type Form = Readonly<Record<string, string | undefined>>;
type Method = (state: ApiState, form: Form) => Answer;

const team = { id: "T0STANDIN", domain: "stand-in" } as const;
export const standInTeam = team;

const methods: Readonly<Record<string, Method>> = {
  "auth.test": () => ({
    ok: true,
    url: "http://127.0.0.1/",
    team: "Stand-in",
    user: "lockkeeper",
    team_id: team.id,
    user_id: "U0BOT",
    bot_id: "B0BOT",
  }),
  "apps.connections.open": (state) => ({ ok: true, url: state.socketUrl() }),
  "chat.postMessage": ({ workspace }, form) => {
    const channel = workspace.channelId(form["channel"] ?? "");
    const message = workspace.post({ ...content(form), channel, threadTs: form["thread_ts"] ?? null, onlyFor: null });
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
  "views.open": () => ({ ok: true, view: { id: "V0VIEW" } }),
  "users.info": ({ workspace }, form) => {
    const user = workspace.users.find((one) => one.id === form["user"]);
    if (user === undefined) return refuse("user_not_found");
    return {
      ok: true,
      user: { id: user.id, name: user.name, real_name: user.name, profile: { display_name: user.name } },
    };
  },
  "usergroups.users.list": ({ workspace }) => ({ ok: true, users: workspace.users.map((user) => user.id) }),
};

/** One call: its method's name, its form and the token of its Authorization header. */
export function callApi(state: ApiState, name: string, form: Form, token: string | null): Answer {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) return refuse("unknown_method");
  if (!state.tokensValid) return refuse("invalid_auth");
  const wanted = name === "apps.connections.open" ? state.appToken : state.botToken;
  if (token === null) return refuse("not_authed");
  if (token !== wanted) return refuse("invalid_auth");
  return method(state, form);
}

function refuse(error: string): Answer {
  return { ok: false, error };
}

function content(form: Form): { readonly text: string; readonly blocks: readonly SlackBlock[] } {
  const blocks: readonly SlackBlock[] = JSON.parse(form["blocks"] ?? "[]");
  return { text: form["text"] ?? "", blocks };
}
