// The cells of the table of approvals: which operations, which things that can happen to them, and what must be true at the broker then.

/** By the names of their APIs; each acts on a topic `PREFIX-API` of its own. */
export const acts = ["DeleteTopics", "IncrementalAlterConfigs", "CreateAcls", "DeleteRecords"] as const;
export type Act = (typeof acts)[number];

export interface Case {
  /** Stands in the names of topics: the policy and the one who decides go by it. */
  readonly name: string;
  readonly title: string;
  /** The terms that the policy gives it. */
  readonly terms: { readonly hold: string; readonly expire: string };
  /** What is said while the client waits. */
  readonly meanwhile: "approve" | "deny" | null;
  /** How long the client waits, in milliseconds. */
  readonly patienceMs: number;
  /** A program for each: clients whose first request is still held send nothing more on that connection. */
  readonly apart: boolean;
  /** Approved once the client has gone; then it runs again, or nobody does. */
  readonly afterwards: "approve and run again" | "approve" | null;
  /** How often the broker must have executed each. */
  readonly executed: 0 | 1;
}

const patienceMs = 20_000;

export const cases = [
  {
    name: "held",
    title: "approved within the hold",
    terms: { hold: "15s", expire: "1m" },
    meanwhile: "approve",
    patienceMs,
    apart: false,
    afterwards: null,
    executed: 1,
  },
  {
    name: "ticket",
    title: "ticket, then run again",
    terms: { hold: "1ms", expire: "1m" },
    meanwhile: null,
    patienceMs,
    apart: false,
    afterwards: "approve and run again",
    executed: 1,
  },
  {
    name: "denied",
    title: "denied",
    terms: { hold: "15s", expire: "1m" },
    meanwhile: "deny",
    patienceMs,
    apart: false,
    afterwards: null,
    executed: 0,
  },
  {
    name: "expired",
    title: "expired",
    terms: { hold: "15s", expire: "700ms" },
    meanwhile: null,
    patienceMs,
    apart: false,
    afterwards: null,
    executed: 0,
  },
  {
    name: "left",
    title: "the client gives up",
    terms: { hold: "25s", expire: "2m" },
    meanwhile: null,
    patienceMs: 6_000,
    apart: true,
    afterwards: "approve",
    executed: 0,
  },
] as const satisfies readonly Case[];

/** Names of the policy that makes these cases so, by the names of topics. */
export const policy = `package lockkeeper

allow if true

terms := {
${cases.map(({ name, terms }) => `\t"-${name}-": ${JSON.stringify(terms)},`).join("\n")}
}

touched := input.operation.resource.name if input.operation.resource.type == "topic"

touched := input.operation.attributes.binding.resourceName if input.operation.name == "acl.create"

risky := {"topic.delete", "topic.alter-config", "topic.delete-records", "acl.create"}

approve contains object.union({"rule": "table", "approvers": ["deciders"], "count": 1, "why": "It is part of the table."}, how) if {
	input.operation.name in risky
	some part, how in terms
	contains(touched, part)
}
`;
