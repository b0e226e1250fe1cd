// What a request waits for before it may go on: its decisions on record, then people where a decision holds it. Nothing that people were
// asked about runs without a client to answer to, and what was used up for a run that sent nothing is given back.
import { describeError } from "../base/errors.ts";
import type { Decision, Verdict } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import { awaitVerdicts, refused, verdictOf } from "./hold.ts";
import type { Job } from "./job.ts";
import type { RequestHost, RequestParts } from "./request-parts.ts";

export const auditUnavailable = refused(
  "audit-unavailable",
  "The audit log cannot be written, so nothing new may happen. Tell whoever runs the gateway.",
);

/** The verdicts when nothing is open, else null. */
export function allSettled(decisions: readonly Decision[]): readonly Verdict[] | null {
  const verdicts: Verdict[] = [];
  for (const decision of decisions) {
    const verdict = verdictOf(decision);
    if (!verdict) return null;
    verdicts.push(verdict);
  }
  return verdicts;
}

/**
 * Waits for the record, then for people; a decision that could not be recorded is a refusal. Null where the request ends here: its
 * client has gone, or it has no form for a refusal.
 */
export async function settle(
  job: Job,
  decisions: readonly Decision[],
  recorded: Promise<void> | undefined,
  parts: RequestParts,
  host: RequestHost,
): Promise<readonly Verdict[] | null> {
  let verdicts: readonly Verdict[] | null;
  try {
    await recorded;
    verdicts = allSettled(decisions);
  } catch (error) {
    tellUnrecorded(error, parts);
    // a request that only lists has no form for a refusal: it ends as every abuse does
    if (decisions.length === 0) {
      host.abort("audit-unavailable: the request could not be recorded");
      return null;
    }
    verdicts = decisions.map(() => auditUnavailable);
  }
  if (verdicts !== null) return verdicts;
  const held = await holdAll(job, decisions, parts, host.gone);
  if (!host.gone.aborted) return held;
  // nothing that people were asked about runs without a client to answer to, nor what came with it
  await giveBack(held, parts);
  return null;
}

export function tellUnrecorded(error: unknown, { log, session }: RequestParts): void {
  log.error({ session: session.id, error: describeError(error) }, "decision not recorded");
}

async function holdAll(
  job: Job,
  decisions: readonly Decision[],
  parts: RequestParts,
  gone: AbortSignal,
): Promise<readonly Verdict[]> {
  const verdicts = await awaitPeople(job, decisions, parts, gone);
  return Promise.all(
    verdicts.map(async (verdict, index) => {
      const operation = job.exchange.operations[index];
      if (decisions[index]?.outcome !== "hold" || !operation) return verdict;
      return recordSettled(job, operation, verdict, parts);
    }),
  );
}

async function awaitPeople(
  job: Job,
  decisions: readonly Decision[],
  { clock, hold, counts }: RequestParts,
  gone: AbortSignal,
): Promise<readonly Verdict[]> {
  const from = clock.monotonic();
  counts.holds.waiting++;
  try {
    return await awaitVerdicts(job.exchange, decisions, hold, gone);
  } finally {
    counts.holds.waiting--;
    counts.holdSeconds.note((clock.monotonic() - from) / 1000);
  }
}

async function recordSettled(job: Job, operation: Operation, verdict: Verdict, parts: RequestParts): Promise<Verdict> {
  try {
    await parts.audit.settled(job.exchange, job.request, operation, verdict);
    parts.counts.holds[verdict.kind]++;
    return verdict;
  } catch (error) {
    tellUnrecorded(error, parts);
    // nothing is sent now: what was used up for it can be used again
    await giveBack([verdict], parts);
    return auditUnavailable;
  }
}

/** Of several that were held together some may be approved when the client leaves: nothing was sent, so nothing is used up. */
async function giveBack(verdicts: readonly Verdict[], { hold }: RequestParts): Promise<void> {
  for (const verdict of verdicts) {
    if (verdict.kind === "allow" && verdict.approval) await hold.gate?.giveBack(verdict.approval.id);
  }
}
