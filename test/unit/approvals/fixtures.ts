// Approvals as the tests of this room need them: one plain topic deletion, to be varied. No behaviour.
import { approvalDigest, type DigestInput } from "../../../src/approvals/digest.ts";
import type { Approval, ApprovalAsk } from "../../../src/model/approval.ts";
import { type ApprovalRequirement, usualTerms } from "../../../src/model/decision.ts";
import type { Operation } from "../../../src/model/operation.ts";

export const deletion: Operation = {
  name: "topic.delete",
  verb: "delete",
  risk: "high",
  resource: { type: "topic", name: "orders.eu", id: "AAAAAAAAAAAAAAAAAAAAAQ" },
  attributes: {},
  dryRun: false,
  cacheable: false,
};

export const oneAdmin: ApprovalRequirement = {
  rule: "topic-deletion",
  approvers: ["kafka-admins"],
  count: 1,
  why: "Deletes data for good.",
  ...usualTerms,
};

export const twoAdmins: ApprovalRequirement = { ...oneAdmin, rule: "two-pairs-of-eyes", count: 2 };

export const groups = {
  "kafka-admins": { slack: ["U0ADMIN1", "U0ADMIN2", "U0ALICE"], local: ["carol"] },
  privacy: { slack: ["U0PRIVACY"] },
} as const;

export const people = [
  { principal: "carol", slack: "U0ADMIN1", local: "carol" },
  { principal: "alice", slack: "U0ALICE", local: "al" },
] as const;

let number = 0;

/** A request that nobody made before, unless `digest` or `resource` says otherwise. */
export function askFor(changes: Partial<ApprovalAsk> & { readonly topic?: string } = {}): ApprovalAsk {
  const { topic = `topic-${++number}`, ...rest } = changes;
  const operation = { ...deletion, resource: { ...deletion.resource, name: topic } };
  const principal = rest.principal ?? "alice";
  const cluster = rest.cluster ?? "main";
  return {
    digest: approvalDigest(digestInput({ operation, principal, cluster })),
    subject: approvalDigest(digestInput({ operation, principal, cluster, pinned: {} })),
    cluster,
    principal,
    groups: ["platform"],
    email: null,
    client: "10.0.0.7:51234",
    software: "apache-kafka-java 4.4.0",
    session: "ses_1",
    protocol: "kafka",
    api: "DeleteTopics",
    operation,
    bound: {},
    reason: null,
    elevation: null,
    facts: { partitions: 6, "consumer groups": ["billing", "search"] },
    requirements: [oneAdmin],
    revision: "r1",
    ...rest,
  };
}

export function digestInput(changes: Partial<DigestInput> = {}): DigestInput {
  return {
    cluster: "main",
    principal: "alice",
    protocol: "kafka",
    api: "DeleteTopics",
    operation: deletion,
    pinned: { id: "AAAAAAAAAAAAAAAAAAAAAQ" },
    ...changes,
  };
}

export function approvalOf(changes: Partial<Approval> = {}): Approval {
  return {
    ...askFor({ topic: "orders.eu" }),
    id: "apr_01test",
    state: "pending",
    votes: [],
    stage: 1,
    note: null,
    replaces: null,
    version: 1,
    createdAt: 1_800_000_000_000,
    expiresAt: 1_800_014_400_000,
    decidedAt: null,
    grantUntil: null,
    result: null,
    ...changes,
  };
}
