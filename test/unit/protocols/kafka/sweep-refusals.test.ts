// Every API × version that clients are offered, refused: there is an answer, in that API's own form, with that API's own error.
import { describe, expect, it } from "vitest";
import type { Enforced, Exchange } from "../../../../src/protocols/protocol.ts";
import { decodeResponse, requestFrame, responseFrame } from "../../../support/frames.ts";
import { type Refusing, servicesInTest, stepOf, verdictsOf } from "../../../support/scenario.ts";
import { given, type Sweep, sweeps, sweptRequest } from "./requests.ts";

/** Names are judged in the answer: there is nothing to refuse beforehand. */
const judgedInTheAnswer = new Set(["ListGroups", "ListTransactions", "ListConfigResources"]);

/** Authorization errors that Kafka's own brokers give: 29 topic, 30 group, 31 cluster, 53 transactional id; 55 goes with one of them. */
const errors: Readonly<Record<string, readonly number[]>> = {
  Produce: [29, 53],
  Fetch: [29],
  ListOffsets: [29],
  Metadata: [29],
  OffsetCommit: [29, 30],
  OffsetFetch: [29, 30],
  FindCoordinator: [30, 53],
  JoinGroup: [30],
  Heartbeat: [30],
  LeaveGroup: [30],
  SyncGroup: [30],
  DescribeGroups: [30],
  CreateTopics: [29],
  DeleteTopics: [29],
  DeleteRecords: [29],
  InitProducerId: [53, 31],
  OffsetForLeaderEpoch: [29],
  AddPartitionsToTxn: [29, 53, 55],
  AddOffsetsToTxn: [30, 53],
  EndTxn: [53],
  WriteTxnMarkers: [31],
  TxnOffsetCommit: [29, 30, 53],
  DescribeAcls: [31],
  CreateAcls: [31],
  DeleteAcls: [31],
  DescribeConfigs: [29, 30, 31],
  AlterConfigs: [29, 30, 31],
  AlterReplicaLogDirs: [31],
  DescribeLogDirs: [31],
  CreatePartitions: [29],
  DeleteGroups: [30],
  ElectLeaders: [31],
  IncrementalAlterConfigs: [29, 30, 31],
  AlterPartitionReassignments: [31],
  ListPartitionReassignments: [31],
  OffsetDelete: [29, 30],
  DescribeClientQuotas: [31],
  AlterClientQuotas: [31],
  DescribeUserScramCredentials: [31],
  AlterUserScramCredentials: [31],
  DescribeQuorum: [31],
  UpdateFeatures: [31],
  DescribeCluster: [31],
  DescribeProducers: [29],
  UnregisterBroker: [31],
  DescribeTransactions: [53],
  ConsumerGroupHeartbeat: [29, 30],
  ConsumerGroupDescribe: [30],
  DescribeTopicPartitions: [29],
  ShareGroupHeartbeat: [29, 30],
  ShareGroupDescribe: [30],
  ShareFetch: [29, 30],
  ShareAcknowledge: [29, 30],
  StreamsGroupHeartbeat: [29, 30],
  StreamsGroupDescribe: [30],
  StreamsGroupTopologyDescriptionUpdate: [30],
  DescribeShareGroupOffsets: [29, 30],
  AlterShareGroupOffsets: [29, 30],
  DeleteShareGroupOffsets: [29, 30],
  AddRaftVoter: [31],
  RemoveRaftVoter: [31],
  UnregisterController: [31],
};

/** Where a version has no field for an error: an empty answer is all that it can say. */
const silent = new Set(["DescribeLogDirs v1", "DescribeLogDirs v2"]);

async function exchangeOf(sweep: Sweep): Promise<Exchange> {
  const frame = requestFrame(sweep.rule.api, sweep.version, sweptRequest(sweep));
  const step = await stepOf(frame, given);
  if (step.kind !== "exchange") throw new Error(`${step.kind}: ${JSON.stringify(step)}`);
  return step.exchange;
}

/** Metadata asks for the brokers even when every topic was refused. */
async function answerBytes(enforced: Enforced, { rule, version }: Sweep): Promise<Buffer> {
  if (enforced.kind === "close") throw new Error(enforced.reason);
  if (enforced.kind === "answer") return Buffer.concat(enforced.answer.bytes ?? []);
  expect(rule.api.name).toBe("Metadata");
  const answer = await enforced.answer(responseFrame(rule.api, version, {}), servicesInTest());
  return Buffer.concat(answer.bytes ?? []);
}

async function refusedWith(sweep: Sweep, refusing: Refusing): Promise<{ answer: unknown; codes: number[] }> {
  const exchange = await exchangeOf(sweep);
  expect(exchange.operations.length).toBeGreaterThan(0);
  const enforced = await exchange.enforce(verdictsOf(exchange.operations, [refusing]), servicesInTest());
  const answer = decodeResponse(sweep.rule.api, sweep.version, await answerBytes(enforced, sweep));
  return { answer, codes: codesIn(answer) };
}

function codesIn(value: unknown): number[] {
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    typeof each === "number" && /errorcode$/i.test(name) && each !== 0 ? [each] : codesIn(each),
  );
}

const judged = sweeps.filter(({ rule }) => !judgedInTheAnswer.has(rule.api.name));

describe("a refusal says so in the API's own form", () => {
  it.each(judged)("$name: refused by policy", async (sweep) => {
    const { codes } = await refusedWith(sweep, { cause: "policy", message: "because" });
    expect(errors[sweep.rule.api.name], "say here what this API answers").toBeDefined();
    if (silent.has(sweep.name)) return;
    expect(codes.length).toBeGreaterThan(0);
    expect(errors[sweep.rule.api.name]).toEqual(expect.arrayContaining([...new Set(codes)]));
  });

  const held = judged.filter(({ rule }) => !rule.neverHeld);
  it.each(held)("$name: waits for an approval", async (sweep) => {
    const { codes } = await refusedWith(sweep, { cause: "approval-pending", message: "apr_1: ask again" });
    if (!silent.has(sweep.name)) expect(codes).toContain(44);
  });

  it.each(held)("$name: would fail anyway, with the broker's own word", async (sweep) => {
    const { codes } = await refusedWith(sweep, { cause: "would-fail", error: "INVALID_REQUEST" });
    if (!silent.has(sweep.name)) expect(codes).toContain(42);
  });

  it.each(judged)("$name: one of several operations is refused", async (sweep) => {
    const exchange = await exchangeOf(sweep);
    for (const [index] of exchange.operations.entries()) {
      const verdicts = verdictsOf(exchange.operations).map((verdict, at) =>
        at === index ? ({ kind: "refuse", cause: "policy", message: "because", error: null } as const) : verdict,
      );
      const enforced = await exchange.enforce(verdicts, servicesInTest());
      if (enforced.kind === "forward") {
        const answer = await enforced.answer(responseFrame(sweep.rule.api, sweep.version, {}), servicesInTest());
        const codes = codesIn(decodeResponse(sweep.rule.api, sweep.version, Buffer.concat(answer.bytes ?? [])));
        expect(errors[sweep.rule.api.name]).toEqual(expect.arrayContaining([...new Set(codes)]));
        if (!silent.has(sweep.name)) expect(codes.length).toBeGreaterThan(0);
      } else {
        await answerBytes(enforced, sweep);
      }
    }
  });

  it("lists judged in the answer are those without operations", async () => {
    const names = new Set<string>();
    for (const sweep of sweeps) {
      if ((await exchangeOf(sweep)).operations.length === 0) names.add(sweep.rule.api.name);
    }
    expect([...names].every((name) => judgedInTheAnswer.has(name))).toBe(true);
  });
});
