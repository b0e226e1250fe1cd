// Trial questions for a policy that is about to run: whatever it decides, it must decide in the documented form. Finds conflicting
// rules and odd answers that no compiler sees, before a client does.
import type { Decision } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import type { Session } from "../model/session.ts";
import type { PolicyProblem } from "./engine.ts";
import type { Evaluator } from "./evaluate.ts";

const session: Session = {
  id: "ses_trial",
  protocol: "kafka",
  cluster: "trial",
  listener: "trial:9092",
  node: null,
  client: "192.0.2.1:50000",
  startedAt: 0,
  tls: true,
  identity: { principal: "trial", groups: ["trial"], mechanism: "plain", issuer: null, claims: {}, expiresAt: null },
  software: { name: "trial", version: "1" },
  clientId: "trial",
};

const plain = { risk: "low", attributes: {}, dryRun: false, cacheable: false } as const;
const operations: readonly Operation[] = [
  { ...plain, name: "cluster.describe", verb: "describe", resource: { type: "cluster", name: "kafka-cluster" } },
  { ...plain, name: "topic.read", verb: "read", resource: { type: "topic", name: "trial" } },
  { ...plain, name: "topic.write", verb: "write", resource: { type: "topic", name: "trial" } },
  { ...plain, risk: "high", name: "topic.delete", verb: "delete", resource: { type: "topic", name: "trial" } },
  { ...plain, name: "group.read", verb: "read", resource: { type: "group", name: "trial" } },
];

/** What went wrong, or []. Asks for one operation and for several, since these are two entry points. */
export function trialProblems(evaluator: Evaluator): readonly PolicyProblem[] {
  const context = { session, now: 0 };
  const decisions: Decision[] = [
    ...evaluator.evaluate(context, operations.slice(0, 1)),
    ...evaluator.evaluate(context, operations),
  ];
  const failed = decisions.find((decision) => decision.outcome === "deny" && decision.cause === "policy-unavailable");
  if (failed === undefined) return [];
  return [
    {
      file: "",
      row: 0,
      column: 0,
      message: `the policy does not answer a trial question: ${failed.rules.at(-1) ?? ""}`,
    },
  ];
}
