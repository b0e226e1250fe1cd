// The bits that tell a client what it may do with a resource (KIP-430). A broker would tell what the gateway's account may do, so they are made
// anew: each of Kafka's ACL operations is judged as the operation of ours that stands for it. What would be held counts as
// allowed: the caller may ask for it. Source: AclEntry.supportedOperations and AclOperation of kafka 4.4.
import type { Operation, Resource, Verb } from "../../model/operation.ts";
import type { AnswerServices } from "../protocol.ts";
import { cluster, operation } from "./operations/describe.ts";

/** Kafka's word for "authorized operations were not asked for". */
export const operationsOmitted = -2147483648;

/** AclOperation's codes; the bit of an operation is 1 << its code. */
const bits = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
} as const;

interface Line {
  readonly bit: number;
  readonly name: string;
  readonly verb: Verb;
  readonly on: (name: string) => Resource;
  /** As in describe.ts: one decision serves all of the same. */
  readonly cacheable: boolean;
}

const line = (bit: keyof typeof bits, name: string, verb: Verb, on: Line["on"], cacheable = false): Line => ({
  bit: bits[bit],
  name,
  verb,
  on,
  cacheable,
});
const topic = (name: string): Resource => ({ type: "topic", name });
const group = (name: string): Resource => ({ type: "group", name });
const kafkaCluster = (): Resource => cluster;
/** Every broker: the defaults of a cluster have no name. */
const anyBroker = (): Resource => ({ type: "broker", name: "" });

/**
 * ACL operation ↔ ours. CREATE of a cluster (any topic at all) and CLUSTER_ACTION (a broker's) have none here: nobody has them.
 * ALTER of a cluster stands for many acts; changing ACLs is the one that all the others can be had by.
 */
const table = {
  topic: [
    line("read", "topic.read", "read", topic, true),
    line("write", "topic.write", "write", topic, true),
    line("create", "topic.create", "create", topic),
    line("delete", "topic.delete", "delete", topic),
    line("alter", "topic.create-partitions", "alter", topic),
    line("describe", "topic.describe", "describe", topic, true),
    line("describeConfigs", "topic.describe-config", "describe", topic, true),
    line("alterConfigs", "topic.alter-config", "alter", topic),
  ],
  group: [
    line("read", "group.read", "read", group, true),
    line("delete", "group.delete", "delete", group),
    line("describe", "group.describe", "describe", group, true),
    line("describeConfigs", "group.describe-config", "describe", group, true),
    line("alterConfigs", "group.alter-config", "alter", group),
  ],
  cluster: [
    line("alter", "acl.create", "alter", kafkaCluster),
    line("describe", "cluster.describe", "describe", kafkaCluster, true),
    line("describeConfigs", "broker.describe-config", "describe", anyBroker, true),
    line("alterConfigs", "broker.alter-config", "alter", anyBroker),
    line("idempotentWrite", "cluster.idempotent-write", "write", kafkaCluster, true),
  ],
} as const satisfies Record<string, readonly Line[]>;

export type BitsOf = keyof typeof table;

/** How many operations stand for one topic's bits. */
export const topicBits = table.topic.length;

/** One bit field for each name, in order; all are judged in one call. */
export function authorizedOperations(
  type: BitsOf,
  names: readonly string[],
  services: Pick<AnswerServices, "judge">,
): number[] {
  const lines: readonly Line[] = table[type];
  const operations: Operation[] = names.flatMap((name) =>
    lines.map(({ name: act, verb, on, cacheable }) => operation(act, verb, on(name), { cacheable })),
  );
  const decisions = services.judge(operations);
  return names.map((_, index) =>
    lines.reduce((field, { bit }, at) => {
      const decision = decisions[index * lines.length + at];
      return decision && decision.outcome !== "deny" ? field | (1 << bit) : field;
    }, 0),
  );
}
