// What a Slack workspace remembers, as far as an app can see it: messages, private answers, people, tokens. No network here.
// It checks blocks against Block Kit's limits as Slack does, so that a message which Slack would refuse fails here too.
import { limitProblem } from "./block-limits.ts";

export interface StandInUser {
  readonly id: string;
  readonly name: string;
  /** What the page says beside the name. */
  readonly role?: string;
}

export interface SlackBlock {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface StandInMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | null;
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly edits: number;
  /** Set for answers that one person alone sees. */
  readonly onlyFor: string | null;
}

export interface Workspace {
  readonly users: readonly StandInUser[];
  messages(): readonly StandInMessage[];
  find(ts: string): StandInMessage | undefined;
  /** Returns Slack's error code, or the message. */
  post(message: Omit<StandInMessage, "ts" | "edits">): StandInMessage | string;
  update(channel: string, ts: string, text: string, blocks: readonly SlackBlock[]): StandInMessage | string;
  /** Called after each change with the message. Returns how to stop. */
  onMessage(listener: (message: StandInMessage) => void): () => void;
  channelId(name: string): string;
}

const messagesMax = 500;

export function createWorkspace(users: readonly StandInUser[], now: () => number): Workspace {
  let kept: StandInMessage[] = [];
  const listeners = new Set<(message: StandInMessage) => void>();
  let last = 0;
  const tell = (message: StandInMessage) => {
    for (const listener of listeners) listener(message);
    return message;
  };
  return {
    users,
    messages: () => kept,
    find: (ts) => kept.find((message) => message.ts === ts),
    post(message) {
      const problem = limitProblem(message.text, message.blocks);
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
    channelId: (name) => (/^[CDU]\w+$/.test(name) ? name : `C0${name.replaceAll(/\W/g, "").toUpperCase()}`),
  };
}

/** Slack's `1700000000.000100`: seconds, dot, microseconds. Unique in the workspace. */
function timeStamp(microseconds: number): string {
  return `${Math.floor(microseconds / 1_000_000)}.${String(microseconds % 1_000_000).padStart(6, "0")}`;
}
