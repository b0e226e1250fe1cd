// Plain counts of what becomes of approvals, for whoever exports metrics. Each change is heard by one of the gateways, so the sum over all of them is
// true and a single one is a part. How many wait is a question to Redis (Store.countWaiting), the same for all.
import type { ApprovalEvent } from "./events.ts";
import { type ApprovalEventKind, eventKinds } from "./scripts.ts";

/** Upper bounds, in milliseconds, of the classes of the time from asking to a decision; the last class has none. */
export const decisionMsBounds = [10_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000] as const;

export interface ApprovalCounts {
  /** How often each change has happened since this gateway started. */
  readonly changes: Readonly<Record<ApprovalEventKind, number>>;
  /** Approved or denied, by how long it took; one class more than there are bounds. */
  readonly decisions: readonly number[];
  readonly decisionMsSum: number;
}

export interface ApprovalCounters {
  note(event: ApprovalEvent): void;
  read(): ApprovalCounts;
}

const decided: ReadonlySet<ApprovalEventKind> = new Set(["approved", "broken-glass", "denied"]);

export function createApprovalCounters(): ApprovalCounters {
  const changes = Object.fromEntries(eventKinds.map((kind) => [kind, 0])) as Record<ApprovalEventKind, number>;
  const decisions = Array.from({ length: decisionMsBounds.length + 1 }, () => 0);
  let decisionMsSum = 0;
  return {
    note({ kind, at, approval }) {
      changes[kind]++;
      if (!decided.has(kind)) return;
      const tookMs = Math.max(0, at - approval.createdAt);
      const found = decisionMsBounds.findIndex((bound) => tookMs <= bound);
      const place = found < 0 ? decisionMsBounds.length : found;
      decisions[place] = (decisions[place] ?? 0) + 1;
      decisionMsSum += tookMs;
    },
    read: () => ({ changes: { ...changes }, decisions: [...decisions], decisionMsSum }),
  };
}
