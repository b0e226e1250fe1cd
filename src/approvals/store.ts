// The state of approvals in Redis: what it is made of and the few ways in which it changes, each of them one script (scripts.ts).
// Decides nothing about people: who may approve was settled by the caller (desk.ts). All methods reject with `approvals-unavailable`.
import { createHash, randomBytes } from "node:crypto";
import { assert } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { newId } from "../base/ids.ts";
import type { Json } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import { type Approval, type ApprovalAsk, type ApprovalState, approvalStates, type Vote } from "../model/approval.ts";
import type { ApprovalRequirement } from "../model/decision.ts";
import type { ApprovalFilter } from "./approvals.ts";
import type { MessageRef } from "./channel.ts";
import { canonicalJson } from "./digest.ts";
import { type CountedVote, shortest } from "./messages.ts";
import type { RedisConnection, ScriptAnswer } from "./redis.ts";
import type { ScriptName } from "./scripts.ts";

const listMax = 200;
const sealKeyBytes = 32;
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
  /** `granted`: approved, and nobody has used it yet. */
  | { readonly kind: "granted" | "pending" | "denied"; readonly approval: Approval }
  | { readonly kind: "limit" | "too-large" };

export interface Change {
  /** `voted`: this person said the same before. `again`: it has changed since it was looked at. `closed`: nothing can change any more. */
  readonly outcome: "counted" | "voted" | "again" | "closed" | "unknown" | "used" | "state";
  readonly approval: Approval | null;
}

/** What the caller of `vote` has found out about the approval as it was in `version`. */
export interface VoteTerms {
  readonly version: number;
  /** People who said yes and no longer count. */
  readonly left: readonly string[];
  /** When the time of a grant begins, in milliseconds since 1970; what is past counts as now. */
  readonly grantFrom: number;
}

export interface Store {
  /** Attaches to the open approval of this digest, or opens one; or repeats a fresh denial. Uses nothing up. */
  ask(ask: ApprovalAsk): Promise<AskAnswer>;
  vote(id: string, vote: CountedVote, terms: VoteTerms): Promise<Change>;
  /** approved → used; of all callers one gets `used`. */
  consume(id: string): Promise<Change>;
  /** Lets time do what it must (expire, lapse) and tells the present state. */
  settle(id: string): Promise<Change>;
  /** Ends what is in one of `states` (all of pending, approved, used that the caller may end) as cancelled or void. */
  end(id: string, as: "cancelled" | "void", note: string, states: readonly ApprovalState[]): Promise<Change>;
  report(id: string, result: string): Promise<Change>;
  /** used → approved, where it is certain that nothing was sent. */
  giveBack(id: string): Promise<Change>;
  get(id: string): Promise<Approval | null>;
  /** Newest first. */
  list(filter: ApprovalFilter): Promise<readonly Approval[]>;
  /** How many are pending, over all gateways. */
  countWaiting(): Promise<number>;
  /** Elevations that hold just now. */
  elevations(): Promise<readonly Approval[]>;
  /** A secret of this installation that keys hashes of secrets; made when it is first asked for. */
  sealKey(): Promise<Buffer>;
  refs(id: string): Promise<Readonly<Record<string, MessageRef>>>;
  setRef(id: string, channel: string, ref: MessageRef): Promise<void>;
  /** Whether this click, message or callback was handled before. */
  seen(key: string): Promise<boolean>;
  /** False when it was marked before. */
  markSeen(key: string): Promise<boolean>;
  /** Notes beside the references that somebody is about to do `name`, once. Null: it is the caller's; else what was noted before. */
  claim(id: string, name: string, value: string): Promise<string | null>;
  /** What `claim` or `setRef` noted; null for nothing. */
  noted(id: string, name: string): Promise<string | null>;
}

export function createStore(options: StoreOptions): Store {
  const { redis, times, clock } = options;
  const now = options.nowMs ?? (() => 0);
  const key = (kind: string, name: string) => `${redis.prefix}:${kind}:${name}`;
  const change = async (script: Exclude<ScriptName, "ask">, args: readonly string[]) =>
    toChange(await redis.script(script, now(), args));

  const store: Store = {
    async ask(ask) {
      const shown = JSON.stringify(ask);
      if (Buffer.byteLength(shown) > limits.approvalBytesMax) return { kind: "too-large" };
      const answer = await redis.script("ask", now(), askArguments(ask, shown, newId("apr", clock.now()), times));
      const approval = toApproval(answer.fields);
      const { outcome } = answer;
      if (approval === null || (outcome !== "granted" && outcome !== "pending" && outcome !== "denied"))
        return { kind: "limit" };
      return { kind: outcome, approval };
    },
    vote: (id, vote, { version, left, grantFrom }) =>
      change("vote", [
        id,
        vote.person,
        JSON.stringify({ ...vote, satisfies: vote.satisfies ?? [] }),
        vote.answer,
        String(limits.approvalDenialMs),
        String(version),
        String(grantFrom),
        ...left,
      ]),
    consume: (id) => change("consume", [id]),
    settle: (id) => change("settle", [id]),
    end: (id, as, note, from) => change("end", [id, as, note, ...from]),
    report: (id, result) => change("report", [id, result]),
    giveBack: (id) => change("giveBack", [id]),
    countWaiting: () =>
      redis.command((client) => client.zCount(`${redis.prefix}:waiting`, now() || clock.now(), "+inf")),
    async elevations() {
      const ids = await redis.command((client) => client.zRange(`${redis.prefix}:elevations`, 0, -1));
      const found = await Promise.all(ids.map((id) => store.get(id)));
      return found.flatMap((approval) => (approval?.state === "approved" ? [approval] : []));
    },
    async sealKey() {
      const made = randomBytes(sealKeyBytes).toString("hex");
      const kept = await redis.command((client) =>
        client.set(`${redis.prefix}:seal-key`, made, { NX: true, GET: true }),
      );
      return Buffer.from(kept ?? made, "hex");
    },
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
    markSeen: async (name) =>
      (await redis.command((client) => client.set(key("seen", name), "1", { EX: seenSeconds, NX: true }))) !== null,
    noted: async (id, name) => (await redis.command((client) => client.hGet(key("refs", id), name))) ?? null,
    async claim(id, name, value) {
      const keptMs = times.expireMs + times.grantMs + times.historyMs;
      const [claimed] = await redis.command((client) =>
        client.multi().hSetNX(key("refs", id), name, value).pExpire(key("refs", id), keptMs).exec(),
      );
      if (Number(claimed) === 1) return null;
      return (await redis.command((client) => client.hGet(key("refs", id), name))) ?? value;
    },
  };
  return store;
}

/** The arguments of the script `ask`, in its order. Where rules say how long, the shortest of them holds. */
function askArguments(ask: ApprovalAsk, shown: string, id: string, times: StoreTimes): string[] {
  const { requirements, elevation } = ask;
  const need = requirements.map(({ count, stage }) => `${Math.max(1, Math.trunc(count))}:${Math.trunc(stage)}`);
  const expireMs = shortest(requirements, "expireMs") ?? times.expireMs;
  const grantMs = elevation?.forMs ?? shortest(requirements, "grantMs") ?? times.grantMs;
  return [
    ask.digest,
    id,
    ask.principal,
    shown,
    termsOf(requirements),
    need.join(","),
    ...[expireMs, grantMs, times.historyMs, limits.pendingApprovalsMax].map(String),
    ask.subject,
    elevation?.role ?? "",
    String(Math.min(...requirements.map(({ stage }) => stage))),
  ];
}

/** What people are asked to agree to beyond the operation itself: an approval under other terms answers nothing. */
function termsOf(requirements: readonly ApprovalRequirement[]): string {
  const terms = requirements.map(
    (requirement): Json => ({ ...requirement, window: requirement.window && { ...requirement.window } }),
  );
  return createHash("sha256").update(canonicalJson(terms)).digest("hex");
}

function toChange(answer: ScriptAnswer): Change {
  const { outcome } = answer;
  switch (outcome) {
    case "counted":
    case "voted":
    case "again":
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
    replaces: fields["replaces"] || null,
    version: number("version") ?? 0,
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
