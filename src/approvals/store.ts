// The state of approvals in Redis: what it is made of and the few ways in which it changes, each of them one script (scripts.ts).
// Decides nothing about people: who may approve was settled by the caller (desk.ts). All methods reject with `approvals-unavailable`.
import { createHash } from "node:crypto";
import { assert } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { newId } from "../base/ids.ts";
import type { Json } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import { type Approval, type ApprovalAsk, type ApprovalState, approvalStates, type Vote } from "../model/approval.ts";
import type { ApprovalFilter } from "./approvals.ts";
import type { MessageRef } from "./channel.ts";
import { canonicalJson } from "./digest.ts";
import type { CountedVote } from "./messages.ts";
import type { RedisConnection, ScriptAnswer } from "./redis.ts";

const listMax = 200;
/** Slack repeats a click within minutes at most; a day is generous and small. */
const seenSeconds = 86_400;

export interface StoreTimes {
  /** The longest that an approval stays open. */
  readonly expireMs: number;
  /** How long a granted one can be used. */
  readonly grantMs: number;
  /** How long a closed one is kept for those who ask what happened. */
  readonly historyMs: number;
}

export interface StoreOptions {
  readonly redis: RedisConnection;
  readonly times: StoreTimes;
  /** For ids only: the scripts take the time from Redis, unless `nowMs` is given (tests). */
  readonly clock: Clock;
  readonly nowMs?: () => number;
}

export type AskAnswer =
  | { readonly kind: "used" | "pending" | "denied"; readonly approval: Approval }
  | { readonly kind: "limit" | "too-large" };

export interface Change {
  /** `voted`: this person said the same before. `closed`: nothing can change any more. */
  readonly outcome: "counted" | "voted" | "closed" | "unknown" | "used" | "state";
  readonly approval: Approval | null;
}

export interface Store {
  /** Uses the grant for this digest, or attaches to the open approval, or opens one; or repeats a fresh denial. */
  ask(ask: ApprovalAsk): Promise<AskAnswer>;
  vote(id: string, vote: CountedVote): Promise<Change>;
  /** approved → used; of all callers one gets `used`. */
  consume(id: string): Promise<Change>;
  /** Lets time do what it must (expire, lapse) and tells the present state. */
  settle(id: string): Promise<Change>;
  cancel(id: string): Promise<Change>;
  report(id: string, result: string): Promise<Change>;
  get(id: string): Promise<Approval | null>;
  /** Newest first. */
  list(filter: ApprovalFilter): Promise<readonly Approval[]>;
  refs(id: string): Promise<Readonly<Record<string, MessageRef>>>;
  setRef(id: string, channel: string, ref: MessageRef): Promise<void>;
  /** Whether this click, message or callback was handled before. */
  seen(key: string): Promise<boolean>;
  markSeen(key: string): Promise<void>;
}

export function createStore(options: StoreOptions): Store {
  const { redis, times, clock } = options;
  const now = options.nowMs ?? (() => 0);
  const key = (kind: string, name: string) => `${redis.prefix}:${kind}:${name}`;
  const change = async (script: "vote" | "consume" | "settle" | "cancel" | "report", args: readonly string[]) =>
    toChange(await redis.script(script, now(), args));

  const store: Store = {
    async ask(ask) {
      const shown = JSON.stringify(ask);
      if (Buffer.byteLength(shown) > limits.approvalBytesMax) return { kind: "too-large" };
      const id = newId("apr", clock.now());
      const need = ask.requirements.map((requirement) => Math.max(1, Math.trunc(requirement.count))).join(",");
      const durations = [times.expireMs, times.grantMs, times.historyMs].map(String);
      const args = [ask.digest, id, ask.principal, shown, termsOf(ask), need, ...durations];
      const answer = await redis.script("ask", now(), [...args, String(limits.pendingApprovalsMax)]);
      const approval = toApproval(answer.fields);
      const { outcome } = answer;
      if (approval === null || (outcome !== "used" && outcome !== "pending" && outcome !== "denied"))
        return { kind: "limit" };
      return { kind: outcome, approval };
    },
    vote: (id, vote) =>
      change("vote", [
        id,
        vote.person,
        JSON.stringify({ ...vote, satisfies: vote.satisfies ?? [] }),
        vote.answer,
        (vote.satisfies ?? []).join(","),
        String(limits.approvalDenialMs),
      ]),
    consume: (id) => change("consume", [id]),
    settle: (id) => change("settle", [id]),
    cancel: (id) => change("cancel", [id]),
    report: (id, result) => change("report", [id, result]),
    async get(id) {
      return (await store.settle(id)).approval;
    },
    async list(filter) {
      const wanted = filter.states;
      const most = Math.min(filter.limit ?? listMax, listMax);
      const found: Approval[] = [];
      for (let start = 0; found.length < most; start += listMax) {
        const ids = await redis.command((client) =>
          client.zRange(`${redis.prefix}:index`, start, start + listMax - 1, { REV: true }),
        );
        for (const approval of await Promise.all(ids.map((id) => store.get(id)))) {
          if (approval !== null && (wanted === undefined || wanted.includes(approval.state))) found.push(approval);
        }
        if (ids.length < listMax) break;
      }
      return found.slice(0, most);
    },
    refs: (id) => redis.command((client) => client.hGetAll(key("refs", id))),
    async setRef(id, channel, ref) {
      const keptMs = times.expireMs + times.grantMs + times.historyMs;
      await redis.command((client) =>
        client.multi().hSet(key("refs", id), channel, ref).pExpire(key("refs", id), keptMs).exec(),
      );
    },
    seen: async (name) => (await redis.command((client) => client.exists(key("seen", name)))) === 1,
    async markSeen(name) {
      await redis.command((client) => client.set(key("seen", name), "1", { EX: seenSeconds }));
    },
  };
  return store;
}

/** What people are asked to agree to beyond the operation itself: an approval under other terms answers nothing. */
function termsOf(ask: ApprovalAsk): string {
  const terms = ask.requirements.map(
    ({ rule, approvers, count, why }) => ({ rule, approvers, count, why }) satisfies Json,
  );
  return createHash("sha256").update(canonicalJson(terms)).digest("hex");
}

function toChange(answer: ScriptAnswer): Change {
  const { outcome } = answer;
  switch (outcome) {
    case "counted":
    case "voted":
    case "closed":
    case "used":
    case "state":
      return { outcome, approval: toApproval(answer.fields) };
    default:
      return { outcome: "unknown", approval: null };
  }
}

/** A hash as the scripts keep it → an approval. Null for an empty one. */
function toApproval(fields: Readonly<Record<string, string>>): Approval | null {
  const { id, state, ask: shown } = fields;
  if (id === undefined || state === undefined || shown === undefined) return null;
  const ask: ApprovalAsk = JSON.parse(shown);
  const number = (name: string): number | null => (fields[name] === undefined ? null : Number(fields[name]));
  return {
    ...ask,
    id,
    state: stateOf(state),
    votes: votesOf(fields),
    createdAt: number("createdAt") ?? 0,
    expiresAt: number("expiresAt") ?? 0,
    decidedAt: number("decidedAt"),
    grantUntil: number("grantUntil"),
    result: fields["result"] ?? null,
    stage: number("stage") ?? 1,
    note: fields["note"] ?? null,
  };
}

function votesOf(fields: Readonly<Record<string, string>>): Vote[] {
  const votes = Object.entries(fields).filter(([name]) => name.startsWith("vote:"));
  const cast = votes.map(([, value]): CountedVote => JSON.parse(value));
  return cast.toSorted((left, right) => left.at - right.at);
}

function stateOf(text: string): ApprovalState {
  const state = approvalStates.find((one) => one === text);
  assert(state !== undefined, "the scripts know the states");
  return state;
}
