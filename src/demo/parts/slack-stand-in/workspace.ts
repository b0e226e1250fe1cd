// What a Slack workspace remembers, as far as an app can see it: people, user groups, messages, private answers, dialogs, App Homes. No
// network here. It checks blocks against Block Kit's limits as Slack does, so that a message which Slack would refuse fails here too.
import { limitProblem, viewProblem } from "./block-limits.ts";

export interface StandInUser {
  readonly id: string;
  readonly name: string;
  /** What the page says beside the name. */
  readonly role?: string;
  /** As the user confirmed it to Slack. */
  readonly email?: string;
}

export interface SlackBlock {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface StandInMessage {
  /** `C…`, or `D…` for a direct message (directChannel). */
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | null;
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly edits: number;
  /** Set for answers that one person alone sees. */
  readonly onlyFor: string | null;
  /** What the app keeps with the message and people do not see. */
  readonly metadata?: unknown;
}

/** A dialog or an App Home. */
export interface StandInView {
  readonly id: string;
  readonly user: string;
  readonly blocks: readonly SlackBlock[];
  /** As the app sent it: `type`, `title`, `submit`, `callback_id`, `private_metadata`, `blocks`. */
  readonly view: Readonly<Record<string, unknown>>;
}

export interface Workspace {
  readonly users: readonly StandInUser[];
  /** Slack user groups: id → user ids. Changeable, as people come and go. */
  readonly userGroups: Map<string, readonly string[]>;
  messages(): readonly StandInMessage[];
  find(ts: string): StandInMessage | undefined;
  /** Returns Slack's error code, or the message. */
  post(message: Omit<StandInMessage, "ts" | "edits">): StandInMessage | string;
  update(channel: string, ts: string, text: string, blocks: readonly SlackBlock[]): StandInMessage | string;
  /** Called after each change with the message. Returns how to stop. */
  onMessage(listener: (message: StandInMessage) => void): () => void;
  channelId(name: string): string;
  /** A new trigger for a dialog: valid once, for 3 s, for one user. */
  trigger(user: string): string;
  openDialog(trigger: string, view: StandInView["view"]): StandInView | string;
  /** Another content for an open dialog; null closes it. */
  changeDialog(user: string, view: StandInView["view"] | null): void;
  /** What a user has in front of them. */
  dialogs(): readonly StandInView[];
  publishHome(user: string, view: StandInView["view"]): StandInView | string;
  homes(): readonly StandInView[];
  /** Called when a dialog or home changes. Returns how to stop. */
  onView(listener: () => void): () => void;
}

const messagesMax = 500;
const triggerMsMax = 3_000;

export function directChannel(user: string): string {
  return `D${user.slice(1)}`;
}

export function createWorkspace(users: readonly StandInUser[], now: () => number): Workspace {
  let kept: StandInMessage[] = [];
  const listeners = new Set<(message: StandInMessage) => void>();
  let last = 0;
  const tell = (message: StandInMessage) => {
    for (const listener of listeners) listener(message);
    return message;
  };
  return {
    ...createViews(now),
    users,
    userGroups: new Map(),
    messages: () => kept,
    find: (ts) => kept.find((message) => message.ts === ts),
    post(message) {
      const problem = limitProblem(message.text, message.blocks, message.metadata);
      if (problem !== null) return problem;
      last = Math.max(last + 1, Math.floor(now() * 1_000));
      const posted = { ...message, ts: timeStamp(last), edits: 0 };
      kept = [...kept, posted].slice(-messagesMax);
      return tell(posted);
    },
    update(channel, ts, text, blocks) {
      const before = kept.find((message) => message.ts === ts && message.channel === channel);
      if (before === undefined) return "message_not_found";
      const problem = limitProblem(text, blocks);
      if (problem !== null) return problem;
      const after = { ...before, text, blocks, edits: before.edits + 1 };
      kept = kept.map((message) => (message === before ? after : message));
      return tell(after);
    },
    onMessage(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    channelId: (name) => {
      if (/^U\w+$/.test(name)) return directChannel(name);
      return /^[CD]\w+$/.test(name) ? name : `C0${name.replaceAll(/\W/g, "").toUpperCase()}`;
    },
  };
}

function createViews(now: () => number) {
  const triggers = new Map<string, { readonly user: string; readonly until: number }>();
  const open = new Map<string, StandInView>();
  const homes = new Map<string, StandInView>();
  const listeners = new Set<() => void>();
  let count = 0;
  const shown = (user: string, view: StandInView["view"]): StandInView => {
    const blocks = Array.isArray(view["blocks"]) ? (view["blocks"] as readonly SlackBlock[]) : [];
    return { id: `V0${++count}`, user, blocks, view };
  };
  const tell = () => {
    for (const listener of listeners) listener();
  };
  return {
    trigger(user: string) {
      const id = `${now()}.${++count}.stand-in`;
      triggers.set(id, { user, until: now() + triggerMsMax });
      return id;
    },
    openDialog(trigger: string, view: StandInView["view"]) {
      const found = triggers.get(trigger);
      if (found === undefined) return "invalid_trigger_id";
      if (found.until < now()) return "expired_trigger_id";
      const problem = viewProblem(view, "modal");
      if (problem !== null) return problem;
      triggers.delete(trigger);
      const opened = shown(found.user, view);
      open.set(found.user, opened);
      tell();
      return opened;
    },
    changeDialog(user: string, view: StandInView["view"] | null) {
      const before = open.get(user);
      if (view === null) open.delete(user);
      else if (before !== undefined) open.set(user, { ...shown(user, view), id: before.id });
      tell();
    },
    dialogs: () => [...open.values()],
    publishHome(user: string, view: StandInView["view"]) {
      const problem = viewProblem(view, "home");
      if (problem !== null) return problem;
      const published = shown(user, view);
      homes.set(user, published);
      tell();
      return published;
    },
    homes: () => [...homes.values()],
    onView(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Slack's `1700000000.000100`: seconds, dot, microseconds. Unique in the workspace. */
function timeStamp(microseconds: number): string {
  return `${Math.floor(microseconds / 1_000_000)}.${String(microseconds % 1_000_000).padStart(6, "0")}`;
}
