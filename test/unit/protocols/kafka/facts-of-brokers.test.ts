// Facts that no broker knows alone: logs are told by their leaders, groups by their coordinators, and who gave no answer is named.
import { describe, expect, it } from "vitest";
import { LockkeeperError } from "../../../../src/base/errors.ts";
import type { JsonObject } from "../../../../src/base/json.ts";
import { deleteTopics } from "../../../../src/protocols/kafka/messages/delete-topics.ts";
import { describeAcls } from "../../../../src/protocols/kafka/messages/describe-acls.ts";
import { describeLogDirs } from "../../../../src/protocols/kafka/messages/describe-log-dirs.ts";
import { listGroups } from "../../../../src/protocols/kafka/messages/list-groups.ts";
import { listOffsets } from "../../../../src/protocols/kafka/messages/list-offsets.ts";
import { metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import { offsetFetch } from "../../../../src/protocols/kafka/messages/offset-fetch.ts";
import type { OtherBrokers } from "../../../../src/protocols/protocol.ts";
import { type Answering, answering, fakeChannel, noOthers, othersInTest } from "../../../support/fake-broker.ts";
import { requestFrame } from "../../../support/frames.ts";
import { bookInTest, clusterInTest, sessionInTest } from "../../../support/scenario.ts";

const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";
const nodes = [1, 2, 3];

/** Partition n of orders is led by broker n + 1; so are three partitions of __consumer_offsets, unless it cannot be seen. */
const placed = (leaders: readonly number[] = nodes, coordinators: readonly number[] | null = nodes) =>
  answering(metadata, ({ topics }) => ({
    brokers: nodes.map((nodeId) => ({ nodeId, host: "b", port: 9092 })),
    topics: (topics ?? []).map(({ name }) => {
      const of = name === "orders" ? leaders : coordinators;
      if (of === null) return { name, errorCode: 29 };
      return {
        name,
        topicId,
        partitions: of.map((leaderId, index) => ({ partitionIndex: index, leaderId, replicaNodes: [index + 1, 1] })),
      };
    }),
  }));

/** What one broker knows: the log of its own partition, from 10 to 20 + node, a hundred bytes each, and its own group. */
function answersOf(node: number, groupCount = 1): Answering[] {
  const partition = node - 1;
  return [
    answering(listOffsets, ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => {
          if (partitionIndex !== partition) return { partitionIndex, errorCode: 6 };
          if (timestamp === -3n) return { partitionIndex, offset: 20n, timestamp: BigInt(node) * 1_000n };
          return { partitionIndex, offset: timestamp === -2n ? 10n : 20n + BigInt(node) };
        }),
      })),
    })),
    answering(describeLogDirs, () => ({
      results: [
        {
          logDir: "/data",
          topics: [
            { name: "orders", partitions: nodes.map((_, partitionIndex) => ({ partitionIndex, partitionSize: 100n })) },
          ],
        },
      ],
    })),
    answering(listGroups, () => ({
      groups: Array.from({ length: groupCount }, (_, i) => ({ groupId: `group-${node}-${i}`, groupState: "Stable" })),
    })),
    answering(offsetFetch, ({ groups }) => ({
      groups: groups.map(({ groupId }) => ({
        groupId,
        topics: [
          { name: "orders", partitions: nodes.map((_, partitionIndex) => ({ partitionIndex, committedOffset: 20n })) },
        ],
      })),
    })),
  ];
}

const brokerOf = (node: number) => fakeChannel(answersOf(node));

async function shownBy(own: readonly Answering[], others: OtherBrokers | null, node: number | null = null) {
  const session = { ...sessionInTest(), node };
  const step = await (await clusterInTest())
    .session(session, bookInTest(), [])
    .next(requestFrame(deleteTopics, 6, { topics: [{ name: "orders" }] }), fakeChannel(own));
  if (step.kind !== "exchange") throw new Error(step.kind);
  const facts = await step.exchange.facts(0, others);
  expect([facts.pinned, facts.wouldFail]).toEqual([{ topicId, partitions: 3 }, null]);
  return facts.shown;
}

describe("facts of a topic on three brokers", () => {
  it("are the sum of what each leader and each coordinator tells, with nothing missing", async () => {
    const shown = await shownBy([placed()], othersInTest(brokerOf));
    expect(shown).toMatchObject({
      records: "36",
      size: "300 bytes",
      lastWrite: "1970-01-01T00:00:03.000Z",
      offsets: ["partition 0: 10 to 21", "partition 1: 10 to 22", "partition 2: 10 to 23"],
      consumers: ["group-1-0 (Stable): 6 behind", "group-2-0 (Stable): 6 behind", "group-3-0 (Stable): 6 behind"],
    });
    expect(shown).not.toHaveProperty("missing");
  });

  it("name the broker that gave no answer, and every number says that there is more", async () => {
    const shown = await shownBy(
      [placed()],
      othersInTest((node) => (node === 3 ? undefined : brokerOf(node))),
    );
    expect(shown).toMatchObject({
      records: "at least 23",
      size: "at least 200 bytes",
      lastWrite: "1970-01-01T00:00:02.000Z or later",
      consumers: ["group-1-0 (Stable): at least 3 behind", "group-2-0 (Stable): at least 3 behind"],
      missing: ["partition 2: broker 3 gave no answer", "groups of broker 3: it gave no answer"],
    });
  });

  it("name partitions and coordinators that nobody leads", async () => {
    const shown = await shownBy([placed([1, 2, -1], [1, -1, 1])], othersInTest(brokerOf));
    expect(shown["missing"]).toEqual([
      "partition 2: no leader just now (replicas on 3, 1)",
      "groups of 1 of 3 coordinators: no leader just now",
    ]);
  });

  it("name what a broker says instead of telling: that it does not lead it any more, or that the login may not look", async () => {
    const moved = answering(listOffsets, ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 6 })),
      })),
    }));
    const brokers = othersInTest((node) => fakeChannel(node === 2 ? [moved, ...answersOf(2)] : answersOf(node)));
    const forbidden = answering(describeAcls, () => ({ errorCode: 31 }));
    const shown = await shownBy([placed(), forbidden], brokers);
    expect(shown).toMatchObject({
      records: "at least 24",
      acls: "not known (CLUSTER_AUTHORIZATION_FAILED)",
      missing: ["partition 1: broker 2 answered NOT_LEADER_OR_FOLLOWER"],
    });
  });

  it("name a group whose coordinator cannot tell just now; share groups have no such offsets", async () => {
    const busy = answering(offsetFetch, ({ groups }) => ({
      groups: groups.map(({ groupId }, index) => ({ groupId, errorCode: [14, 69][index] ?? 0 })),
    }));
    const brokers = othersInTest((node) => fakeChannel(node === 1 ? [busy, ...answersOf(1, 2)] : answersOf(node)));
    const shown = await shownBy([placed()], brokers);
    expect(shown["missing"]).toEqual(["group group-1-0: broker 1 answered COORDINATOR_LOAD_IN_PROGRESS"]);
  });

  it("ask every broker for its groups where the coordinators cannot be seen", async () => {
    const shown = await shownBy([placed(nodes, null)], othersInTest(brokerOf));
    expect(shown["consumers"]).toHaveLength(3);
  });

  it("say of whom too many groups are known to look at each", async () => {
    const shown = await shownBy(
      [placed()],
      othersInTest((node) => fakeChannel(answersOf(node, node === 2 ? 201 : 1))),
    );
    expect(shown["missing"]).toEqual(["groups of broker 2: it has 201, too many to look at"]);
  });

  it("tell why a broker cannot be asked, without its address", async () => {
    const failures: Record<number, LockkeeperError> = {
      1: new LockkeeperError("broker-login-failed", "no"),
      2: new LockkeeperError("overloaded", "no"),
      3: new LockkeeperError("broker-unavailable", "broker 10.1.2.3:9092: ECONNREFUSED"),
    };
    const shown: JsonObject = await shownBy([placed(nodes, [])], {
      channel: (node) => Promise.reject(failures[node] ?? new Error("another node")),
    });
    expect(shown["missing"]).toEqual([
      "partition 0: broker 1 does not take the gateway's login",
      "partition 1: broker 2 was not asked, since too many others were",
      "partition 2: broker 3 gave no answer",
    ]);
    expect(JSON.stringify(shown)).not.toContain("10.1.2.3");
  });

  it("ask the session's own broker over the connection that stands", async () => {
    const asked: number[] = [];
    const shown = await shownBy(
      [placed(), ...answersOf(2)],
      othersInTest((node) => {
        asked.push(node);
        return brokerOf(node);
      }),
      2,
    );
    expect(shown).not.toHaveProperty("missing");
    expect(new Set(asked)).toEqual(new Set([1, 3]));
  });

  it("are not asked for where only what is pinned counts", async () => {
    expect(await shownBy([placed()], null)).toEqual({ topicId, partitions: 3 });
    expect(await shownBy([placed()], noOthers())).toHaveProperty("missing");
  });
});
