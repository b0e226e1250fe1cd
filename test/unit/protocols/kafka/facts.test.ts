// What approvers are shown, and what must not change until the operation runs: asked of the broker, never of the client.
import { describe, expect, it } from "vitest";
import { createPartitions } from "../../../../src/protocols/kafka/messages/create-partitions.ts";
import { deleteAcls } from "../../../../src/protocols/kafka/messages/delete-acls.ts";
import { deleteTopics } from "../../../../src/protocols/kafka/messages/delete-topics.ts";
import { describeAcls } from "../../../../src/protocols/kafka/messages/describe-acls.ts";
import { describeConfigs } from "../../../../src/protocols/kafka/messages/describe-configs.ts";
import { incrementalAlterConfigs } from "../../../../src/protocols/kafka/messages/incremental-alter-configs.ts";
import { listOffsets } from "../../../../src/protocols/kafka/messages/list-offsets.ts";
import { metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import type { ApiMessages, Init } from "../../../../src/protocols/kafka/schema.ts";
import type { ExchangeFacts } from "../../../../src/protocols/protocol.ts";
import { type Answering, answering } from "../../../support/fake-broker.ts";
import { requestFrame } from "../../../support/frames.ts";
import { stepOf } from "../../../support/scenario.ts";

async function factsOf<Req, Res>(
  api: ApiMessages<Req, Res>,
  version: number,
  request: Init<Req>,
  asked: readonly Answering[],
): Promise<ExchangeFacts> {
  const step = await stepOf(requestFrame(api, version, request), { asked });
  if (step.kind !== "exchange") throw new Error(step.kind);
  return step.exchange.facts(0);
}

const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";
const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, replicaNodes: [1, 2] }));
const hasOrders = answering(metadata, () => ({ topics: [{ name: "orders", topicId, partitions }] }));
const hasNothing = answering(metadata, () => ({ topics: [{ name: "orders", errorCode: 3 }] }));
/** Partition 1 is led by another broker. */
const offsets = answering(listOffsets, ({ topics }) => ({
  topics: topics.map(({ name, partitions: asked }) => ({
    name,
    partitions: asked.map(({ partitionIndex, timestamp }) =>
      partitionIndex === 1
        ? { partitionIndex, errorCode: 6 }
        : { partitionIndex, offset: timestamp === -2n ? 10n : 25n },
    ),
  })),
}));

describe("facts of a topic", () => {
  it("pins its id and partitions, and shows its size as far as it is known", async () => {
    const facts = await factsOf(deleteTopics, 5, { topicNames: ["orders"] }, [hasOrders, offsets]);
    expect(facts).toEqual({
      pinned: { topicId, partitions: 2 },
      shown: { topicId, partitions: 2, replicationFactor: 2, records: expect.stringMatching(/^at least 15: 1 of 2/) },
      wouldFail: null,
    });
  });

  it("says when there is no such topic", async () => {
    const facts = await factsOf(deleteTopics, 5, { topicNames: ["orders"] }, [hasNothing]);
    expect(facts.wouldFail).toBe("UNKNOWN_TOPIC_OR_PARTITION");
  });

  it("tries more partitions without making them", async () => {
    let dry: boolean | null = null;
    const trial = answering(createPartitions, ({ validateOnly }) => {
      dry = validateOnly;
      return { results: [{ name: "orders", errorCode: 37 }] };
    });
    const request = { topics: [{ name: "orders", count: 1 }] };
    const facts = await factsOf(createPartitions, 3, request, [hasOrders, offsets, trial]);
    expect([facts.wouldFail, dry]).toEqual(["INVALID_PARTITIONS", true]);
  });
});

const before = answering(describeConfigs, ({ resources }) => ({
  results: resources.map(({ resourceType, resourceName, configurationKeys }) => ({
    resourceType,
    resourceName,
    configs: (configurationKeys ?? []).map((name) => ({ name, value: "604800000" })),
  })),
}));
const accepting = (errorCode: number) =>
  answering(incrementalAlterConfigs, ({ validateOnly }) => {
    if (!validateOnly) throw new Error("this was for real");
    return { responses: [{ errorCode }] };
  });

describe("facts of configs", () => {
  const request = {
    resources: [{ resourceType: 2, resourceName: "orders", configs: [{ name: "retention.ms", value: "1" }] }],
  };
  it("pins the old values, and tries the new ones", async () => {
    const facts = await factsOf(incrementalAlterConfigs, 1, request, [before, accepting(0)]);
    expect(facts).toEqual({
      pinned: { before: { "retention.ms": "604800000" } },
      shown: { before: { "retention.ms": "604800000" } },
      wouldFail: null,
    });
  });

  it("says what the broker would not accept", async () => {
    const facts = await factsOf(incrementalAlterConfigs, 1, request, [before, accepting(40)]);
    expect(facts.wouldFail).toBe("INVALID_CONFIG");
  });
});

const acl = (principal: string) => ({ principal, host: "*", operation: 3, permissionType: 3 });
const matching = (...principals: string[]) =>
  answering(describeAcls, () => ({
    resources: [{ resourceType: 2, resourceName: "orders", acls: principals.map(acl) }],
  }));

describe("facts of an ACL deletion", () => {
  const filter = {
    resourceTypeFilter: 2,
    resourceNameFilter: null,
    principalFilter: null,
    hostFilter: null,
    operation: 1,
    permissionType: 1,
  };
  it("are the bindings that it matches now, in whichever order the broker lists them", async () => {
    const one = await factsOf(deleteAcls, 3, { filters: [filter] }, [matching("User:a", "User:b")]);
    const other = await factsOf(deleteAcls, 3, { filters: [filter] }, [matching("User:b", "User:a")]);
    const less = await factsOf(deleteAcls, 3, { filters: [filter] }, [matching("User:a")]);
    expect(one).toEqual(other);
    expect(one.pinned).not.toEqual(less.pinned);
    expect(JSON.stringify(one.shown)).toContain('"principal":"User:a"');
  });
});
