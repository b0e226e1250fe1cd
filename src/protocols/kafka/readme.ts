// Writes README.md beside it, the page of what becomes of every API of Kafka:
//   node src/protocols/kafka/readme.ts
// A test makes the page in memory and compares, and holds the operations below against what the rules describe. Nothing here runs in
// the gateway.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { apis, removedApis } from "./messages/index.ts";
import { rules } from "./operations/index.ts";
import { wholeRules } from "./operations/judged-as-a-whole.ts";
import type { AnyRule } from "./rule.ts";
import type { ApiMessages, VersionRange } from "./schema.ts";
import { coverable, excludedApis, narrowedApis, overlap } from "./versions.ts";

interface Judged {
  /** What a request is judged as. */
  readonly by: readonly string[];
  /** What some requests are judged as, or what is judged in the answer; a sentence. */
  readonly also?: string;
}

const topic = (...acts: string[]) => acts.map((act) => `topic.${act}`);
const group = (...acts: string[]) => acts.map((act) => `group.${act}`);

/** By API, for rules that are not of one operation on the cluster. */
export const judgedBy: Readonly<Record<string, Judged>> = {
  Produce: { by: ["transactional-id.write", ...topic("write")] },
  Fetch: { by: topic("read"), also: "records are masked" },
  ListOffsets: { by: topic("describe") },
  Metadata: {
    by: topic("describe"),
    also: "`topic.create` where it would create; all topics: those that may be described",
  },
  OffsetCommit: { by: [...group("read"), ...topic("read")], also: "`group.reset-offsets` without a generation" },
  OffsetFetch: { by: [...group("describe"), ...topic("describe")], also: "all topics: those that may be described" },
  FindCoordinator: { by: group("describe"), also: "`transactional-id.describe`; key type 2 ends the connection" },
  JoinGroup: { by: group("read") },
  Heartbeat: { by: group("read") },
  LeaveGroup: { by: group("read") },
  SyncGroup: { by: group("read") },
  DescribeGroups: { by: group("describe") },
  ListGroups: { by: [], also: "the groups that may be described (`group.describe`)" },
  CreateTopics: { by: topic("create") },
  DeleteTopics: { by: topic("delete") },
  DeleteRecords: { by: topic("delete-records") },
  InitProducerId: { by: ["transactional-id.write"], also: "`cluster.idempotent-write` without a transaction" },
  OffsetForLeaderEpoch: { by: topic("describe") },
  AddPartitionsToTxn: { by: ["transactional-id.write", ...topic("write")] },
  AddOffsetsToTxn: { by: ["transactional-id.write", ...group("read")] },
  EndTxn: { by: ["transactional-id.write"] },
  WriteTxnMarkers: { by: ["cluster.write-txn-markers"] },
  TxnOffsetCommit: { by: ["transactional-id.write", ...group("read"), ...topic("read")] },
  DescribeAcls: { by: ["acl.describe"] },
  CreateAcls: { by: ["acl.create"] },
  DeleteAcls: { by: ["acl.delete"] },
  DescribeConfigs: { by: topic("describe-config"), also: "the same of `broker`, `group`, `client-metrics`" },
  AlterConfigs: {
    by: topic("alter-config"),
    also: "the same of `broker`, `group`, `client-metrics`; `broker.alter-logger`",
  },
  AlterReplicaLogDirs: { by: topic("alter-log-dirs") },
  CreatePartitions: { by: topic("create-partitions") },
  DeleteGroups: { by: group("delete") },
  ElectLeaders: { by: topic("elect-leaders"), also: "`cluster.elect-leaders` for all partitions at once" },
  IncrementalAlterConfigs: {
    by: topic("alter-config"),
    also: "the same of `broker`, `group`, `client-metrics`; `broker.alter-logger`",
  },
  AlterPartitionReassignments: { by: topic("reassign") },
  OffsetDelete: { by: [...group("delete-offsets"), ...topic("read")] },
  AlterClientQuotas: { by: ["client-quota.alter"] },
  DescribeUserScramCredentials: { by: ["user.describe-credentials"], also: "all users: those that may be seen" },
  AlterUserScramCredentials: { by: ["user.alter-credentials"] },
  UpdateFeatures: { by: ["cluster.update-feature"], also: "all of a request or nothing" },
  DescribeCluster: { by: ["cluster.describe"] },
  DescribeProducers: { by: topic("read") },
  DescribeTransactions: { by: ["transactional-id.describe"], also: "its topics: those that may be described" },
  ListTransactions: { by: [], also: "the transactions that may be described (`transactional-id.describe`)" },
  ConsumerGroupHeartbeat: {
    by: [...group("read"), ...topic("describe")],
    also: "an expression goes on as the topics that it matches and that may be described",
  },
  ConsumerGroupDescribe: { by: group("describe"), also: "`topic.describe` of every topic in the answer" },
  ListConfigResources: { by: [], also: "what `describe-config` is allowed of" },
  DescribeTopicPartitions: { by: topic("describe"), also: "all topics: those that may be described" },
  ShareGroupHeartbeat: { by: [...group("read"), ...topic("describe")] },
  ShareGroupDescribe: { by: group("describe"), also: "`topic.describe` of every topic in the answer" },
  ShareFetch: {
    by: [...group("read"), ...topic("read")],
    also: "every topic of the session at every fetch; records are masked",
  },
  ShareAcknowledge: { by: [...group("read"), ...topic("read")] },
  StreamsGroupHeartbeat: {
    by: [...group("read"), ...topic("describe")],
    also: "`topic.create` for internal topics that are missing; expressions are refused",
  },
  StreamsGroupDescribe: { by: group("describe"), also: "`topic.describe` of every topic in the answer" },
  DescribeShareGroupOffsets: {
    by: [...group("describe"), ...topic("describe")],
    also: "all topics: those that may be described",
  },
  AlterShareGroupOffsets: { by: [...group("reset-offsets"), ...topic("read")] },
  DeleteShareGroupOffsets: { by: [...group("delete-offsets"), ...topic("read")] },
  StreamsGroupTopologyDescriptionUpdate: { by: group("read") },
};

/** APIs that the gateway answers itself. */
const ownAnswers: Readonly<Record<string, string>> = {
  SaslHandshake: "the gateway's mechanisms",
  ApiVersions:
    "what both the rules and the broker know; whom a client means to reach (version 5) is compared with where it is",
  SaslAuthenticate: "the client's login; the broker gets the gateway's own",
};

const ruleByKey = new Map<number, AnyRule>((rules as readonly AnyRule[]).map((rule) => [rule.api.key, rule]));
const asAWhole = new Set((wholeRules as readonly AnyRule[]).map(({ api }) => api.key));

export function readme(): string {
  const rows = [
    ...apis.map((api) => ({ key: api.key, line: row(api) })),
    ...removedApis.map(({ key, name }) => ({
      key,
      line: cells(key, name, "–", "refused", "no version of it is left in Kafka 4"),
    })),
  ];
  return `${head}${rows
    .toSorted((a, b) => a.key - b.key)
    .map(({ line }) => line)
    .join("\n")}\n`;
}

const head = `# Kafka's APIs and what becomes of them

Generated by \`readme.ts\`: do not edit. Every API key of Kafka 4.4. A version that is not in the table, and an API that is refused, is not in
ApiVersions and never reaches a broker. *Judged*: by the operations named, one for each topic, group, user … of the request;
what is refused is left out of the request and put into the answer in that API's own form. *Judged as a whole*: one operation on
the cluster. [policies/README.md](../../../policies/README.md) says what each operation carries.

| key | API | versions | what | by, or why |
|---|---|---|---|---|
`;

function row(api: ApiMessages): string {
  const { key, name } = api;
  const own = ownAnswers[name];
  const possible = coverable.get(key);
  const narrowed = narrowedApis[name];
  if (own !== undefined) {
    return cells(
      key,
      name,
      range(possible),
      "answered by the gateway",
      sentence(own, narrowed && `only these: ${narrowed.why}`),
    );
  }
  const rule = ruleByKey.get(key);
  if (!rule) return cells(key, name, "–", "refused", whyRefused(api));
  const versions = possible && overlap(possible, rule.versions);
  const less = narrowed && `only these: ${narrowed.why}`;
  if (asAWhole.has(key)) return cells(key, name, range(versions), "judged as a whole", sentence(wholeName(rule), less));
  const { by, also } = judgedBy[name] ?? { by: [] };
  return cells(key, name, range(versions), "judged", sentence(by.map((it) => `\`${it}\``).join(", "), also, less));
}

/** A whole rule's one operation does not depend on its request. */
function wholeName(rule: AnyRule): string {
  const context = { version: rule.versions.max } as Parameters<AnyRule["describe"]>[1];
  return rule
    .describe(rule.api.request.create(), context)
    .map(({ name }) => `\`${name}\``)
    .join(", ");
}

function whyRefused({ name, listeners }: ApiMessages): string {
  if (!listeners.includes("broker")) return "controllers among themselves";
  return excludedApis[name as keyof typeof excludedApis] ?? "no rule of ours";
}

function range(versions: VersionRange | null | undefined): string {
  if (!versions) return "–";
  return versions.min === versions.max ? String(versions.min) : `${versions.min}–${versions.max}`;
}

function sentence(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part).join("; ");
}

function cells(...values: readonly (string | number)[]): string {
  return `| ${values.join(" | ")} |`;
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, "README.md"), readme());
