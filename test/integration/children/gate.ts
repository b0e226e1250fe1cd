// A gateway's gate in a process of its own, to be killed: asks what its parent says, "executes" what was approved by telling the parent, and reports
// it. Between each two of these steps it may die.
import { createApprovals } from "../../../src/approvals/create.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { ApprovalAsk } from "../../../src/model/approval.ts";
import { groups, people } from "../../unit/approvals/fixtures.ts";

const redisUrl = process.argv[2] ?? "";
const approvals = await createApprovals({ redisUrl, groups, people, clock: systemClock, log: silentLog });
const never = new AbortController().signal;

process.on("message", (message) => {
  const { ask, holdMs } = message as { readonly ask: ApprovalAsk; readonly holdMs: number };
  void approvals.gate.ask(ask, { holdMs, signal: never }).then(async (outcome) => {
    if (outcome.kind === "approved") {
      // what a broker would see: once this has left, it has happened
      process.send?.({ executed: outcome.approval.id });
      await approvals.gate.report(outcome.approval.id, "NONE");
    }
    process.send?.({ done: ask.digest, kind: outcome.kind });
  });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
