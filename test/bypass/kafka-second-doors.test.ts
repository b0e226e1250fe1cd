// Evasions by second doors: the same act by another API, another version, another order. DESIGN §5.7.
import { describe, expect, it } from "vitest";
import { alterConfigs } from "../../src/protocols/kafka/messages/alter-configs.ts";
import { createPartitions } from "../../src/protocols/kafka/messages/create-partitions.ts";
import { createTopics } from "../../src/protocols/kafka/messages/create-topics.ts";
import { incrementalAlterConfigs } from "../../src/protocols/kafka/messages/incremental-alter-configs.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { offsetCommit } from "../../src/protocols/kafka/messages/offset-commit.ts";
import { saslAuthenticate } from "../../src/protocols/kafka/messages/sasl-authenticate.ts";
import { saslHandshake } from "../../src/protocols/kafka/messages/sasl-handshake.ts";
import type { ApiMessages, Init } from "../../src/protocols/kafka/schema.ts";
import type { Exchange } from "../../src/protocols/protocol.ts";
import { fakeChannel } from "../support/fake-broker.ts";
import { decodeRequest, decodeResponse, rawFrame, requestFrame } from "../support/frames.ts";
import {
  bookInTest,
  clusterInTest,
  nameOf,
  servicesInTest,
  sessionInTest,
  stepOf,
  verdictsOf,
} from "../support/scenario.ts";

async function exchangeOf<Req, Res>(
  api: ApiMessages<Req, Res>,
  version: number,
  request: Init<Req>,
): Promise<Exchange> {
  const step = await stepOf(requestFrame(api, version, request));
  if (step.kind !== "exchange") throw new Error(step.kind);
  return step.exchange;
}

const at = (brokerIds: number[]) => ({ topics: [{ name: "t", assignments: [{ partitionIndex: 0, brokerIds }] }] });
const grow = (brokerIds: number[]) => ({ topics: [{ name: "t", count: 2, assignments: [{ brokerIds }] }] });
const attributes = (exchange: Exchange) => exchange.operations.map((operation) => operation.attributes);

describe("second doors lead past the same guard", () => {
  it("both ways to alter configs are the same operation", async () => {
    const config = { resourceType: 2, resourceName: "orders", configs: [{ name: "retention.ms", value: "1" }] };
    const one = await exchangeOf(alterConfigs, 2, { resources: [config] });
    const other = await exchangeOf(incrementalAlterConfigs, 1, { resources: [config] });
    expect(one.operations.map(nameOf)).toEqual(["topic.alter-config orders"]);
    expect(other.operations.map(nameOf)).toEqual(["topic.alter-config orders"]);
    expect(attributes(one)).toEqual([{ changes: [{ op: "set", name: "retention.ms", value: "1" }], replaces: true }]);
  });

  it("secrets in configs are no attributes", async () => {
    const configs = [{ name: "ssl.keystore.password", value: "hunter2" }];
    const exchange = await exchangeOf(incrementalAlterConfigs, 1, {
      resources: [{ resourceType: 4, resourceName: "1", configs }],
    });
    expect(JSON.stringify(exchange.operations)).not.toContain("hunter2");
    expect(Buffer.concat(exchange.kept().pieces).includes("hunter2")).toBe(false);
  });

  it("Metadata creates a topic only where topic.create is allowed", async () => {
    const exchange = await exchangeOf(metadata, 12, { topics: [{ name: "new" }], allowAutoTopicCreation: true });
    expect(exchange.operations.map(nameOf)).toEqual(["topic.describe new", "topic.create new"]);
    const enforced = await exchange.enforce(
      verdictsOf(exchange.operations, [{ operation: "topic.create" }]),
      servicesInTest(),
    );
    if (enforced.kind !== "forward") throw new Error(enforced.kind);
    expect(decodeRequest(metadata, 12, enforced.bytes).allowAutoTopicCreation).toBe(false);
  });

  it("Metadata before version 4 creates whatever it names, and is not offered", async () => {
    expect((await stepOf(rawFrame(metadata.key, 3))).kind).toBe("refuse");
  });

  it.each([
    ["nobody", ""],
    ["anybody", "consumer-1"],
  ])("a commit without a generation by %s is a reset", async (_who, memberId) => {
    const exchange = await exchangeOf(offsetCommit, 9, {
      groupId: "g",
      generationIdOrMemberEpoch: -1,
      memberId,
      topics: [{ name: "orders", partitions: [{ partitionIndex: 1, committedOffset: 0n }] }],
    });
    expect(exchange.operations[0]).toMatchObject({ name: "group.reset-offsets", risk: "high" });
    expect(attributes(exchange)[0]).toEqual({ offsets: [{ topic: "orders", partition: 1, offset: "0" }] });
    expect(exchange.neverHeld).toBe(false);
  });

  it("an approval of a creation does not fit another placement of its replicas", async () => {
    const one = await exchangeOf(createTopics, 7, at([1, 2]));
    const other = await exchangeOf(createTopics, 7, at([1, 3]));
    expect(attributes(one)).not.toEqual(attributes(other));
    const grown = await exchangeOf(createPartitions, 3, grow([1]));
    const elsewhere = await exchangeOf(createPartitions, 3, grow([2]));
    expect(attributes(grown)).not.toEqual(attributes(elsewhere));
  });

  it("validate_only is what it says, and only where it is said", async () => {
    const dry = await exchangeOf(createTopics, 2, { topics: [{ name: "t" }], validateOnly: true });
    const real = await exchangeOf(createTopics, 2, { topics: [{ name: "t" }], validateOnly: false });
    expect([dry, real].map((exchange) => exchange.operations[0]?.dryRun)).toEqual([true, false]);
  });
});

const session = async () => (await clusterInTest()).session(sessionInTest(), bookInTest(), ["PLAIN"]);

describe("the login cannot be gone around", () => {
  it("SaslAuthenticate without a handshake", async () => {
    const step = await (await session()).next(requestFrame(saslAuthenticate, 2, {}), null);
    expect(step.kind).toBe("abort");
  });

  it("a mechanism that this listener does not have", async () => {
    const its = await session();
    const step = await its.next(requestFrame(saslHandshake, 1, { mechanism: "GSSAPI" }), null);
    if (step.kind !== "reply") throw new Error(step.kind);
    expect(decodeResponse(saslHandshake, 1, step.bytes)).toMatchObject({ errorCode: 33, mechanisms: ["PLAIN"] });
    expect((await its.next(requestFrame(saslAuthenticate, 2, {}), null)).kind).toBe("abort");
  });

  it("a failed login uses the handshake up", async () => {
    const its = await session();
    await its.next(requestFrame(saslHandshake, 1, { mechanism: "PLAIN" }), null);
    const step = await its.next(requestFrame(saslAuthenticate, 2, { authBytes: Buffer.from("x") }), null);
    if (step.kind !== "login") throw new Error(step.kind);
    step.reply({ kind: "failure", message: "Authentication failed." });
    expect((await its.next(requestFrame(saslAuthenticate, 2, {}), null)).kind).toBe("abort");
  });

  it("SaslHandshake 0 is followed by bytes without frames, and is not offered", async () => {
    const step = await (await session()).next(rawFrame(saslHandshake.key, 0), fakeChannel());
    expect(step.kind).toBe("refuse");
  });
});
