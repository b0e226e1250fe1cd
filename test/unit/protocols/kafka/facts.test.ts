// What approvers are shown, and what must not change until the operation runs: asked of the broker, never of the client.
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/base/json.ts";
import type { Verdict } from "../../../../src/model/decision.ts";
import { createPartitions } from "../../../../src/protocols/kafka/messages/create-partitions.ts";
import { createTopics } from "../../../../src/protocols/kafka/messages/create-topics.ts";
import { deleteAcls } from "../../../../src/protocols/kafka/messages/delete-acls.ts";
import { deleteGroups } from "../../../../src/protocols/kafka/messages/delete-groups.ts";
import { deleteRecords } from "../../../../src/protocols/kafka/messages/delete-records.ts";
import { deleteTopics } from "../../../../src/protocols/kafka/messages/delete-topics.ts";
import { describeAcls } from "../../../../src/protocols/kafka/messages/describe-acls.ts";
import { describeConfigs } from "../../../../src/protocols/kafka/messages/describe-configs.ts";
import { incrementalAlterConfigs } from "../../../../src/protocols/kafka/messages/incremental-alter-configs.ts";
import { metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import type { ApiMessages, Init } from "../../../../src/protocols/kafka/schema.ts";
import type { ExchangeFacts } from "../../../../src/protocols/protocol.ts";
import { type Answering, answering, noOthers } from "../../../support/fake-broker.ts";
import { decodeRequest, decodeResponse, requestFrame, responseFrame } from "../../../support/frames.ts";
import { servicesInTest, stepOf } from "../../../support/scenario.ts";

async function factsOf<Req, Res>(
  api: ApiMessages<Req, Res>,
  version: number,
  request: Init<Req>,
  asked: readonly Answering[],
): Promise<ExchangeFacts> {
  const step = await stepOf(requestFrame(api, version, request), { asked });
  if (step.kind !== "exchange") throw new Error(step.kind);
  return step.exchange.facts(0, noOthers());
}

const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";
const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, leaderId: 1, replicaNodes: [1, 2] }));
const hasOrders = answering(metadata, () => ({ topics: [{ name: "orders", topicId, partitions }] }));
const hasNothing = answering(metadata, () => ({ topics: [{ name: "orders", errorCode: 3 }] }));

describe("facts of a topic", () => {
  it("pins its id and partitions; of what nobody answers for it says that it is not known, and people are asked", async () => {
    const facts = await factsOf(deleteTopics, 5, { topicNames: ["orders"] }, [hasOrders]);
    expect(facts).toEqual({
      pinned: { topicId, partitions: 2 },
      shown: {
        topicId,
        partitions: 2,
        replicationFactor: 2,
        records: "not known",
        size: "not known",
        lastWrite: "not known",
        consumers: "not known",
        acls: "not known",
        missing: ["partitions 0, 1: broker 1 gave no answer"],
      },
      bound: { topicId },
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
    const facts = await factsOf(createPartitions, 3, request, [hasOrders, trial]);
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
      shown: { changes: { "retention.ms": { old: "604800000", new: "1" } } },
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

describe("what a request leaves open", () => {
  const allowed = (bound: JsonObject): Verdict => ({ kind: "allow", masks: [], filters: [], approval: null, bound });
  async function forwarded<Req, Res>(
    api: ApiMessages<Req, Res>,
    version: number,
    request: Init<Req>,
    bound: JsonObject,
  ) {
    const frame = requestFrame(api, version, request);
    const step = await stepOf(frame, {});
    if (step.kind !== "exchange") throw new Error(step.kind);
    const enforced = await step.exchange.enforce([allowed(bound)], servicesInTest());
    if (enforced.kind !== "forward") throw new Error(enforced.kind);
    return { unchanged: enforced.bytes === frame, request: decodeRequest(api, version, enforced.bytes) };
  }
  const records = (offset: bigint) => ({ topics: [{ name: "orders", partitions: [{ partitionIndex: 1, offset }] }] });

  it("goes to the broker as people were shown it: an offset for all there is", async () => {
    const { request } = await forwarded(deleteRecords, 2, records(-1n), { offsets: { "1": "25" } });
    expect(request).toMatchObject(records(25n));
  });

  it("goes to the broker as people were shown it: the topic's id for its name, where the version has one", async () => {
    const { request } = await forwarded(deleteTopics, 6, { topics: [{ name: "orders" }] }, { topicId });
    expect(request).toMatchObject({ topics: [{ name: null, topicId }] });
    const old = await forwarded(deleteTopics, 5, { topicNames: ["orders"] }, { topicId });
    expect(old.request).toMatchObject({ topicNames: ["orders"] });
  });

  it("is answered as it was asked: by name, though the broker knows only the id", async () => {
    const step = await stepOf(requestFrame(deleteTopics, 6, { topics: [{ name: "orders" }] }), {});
    if (step.kind !== "exchange") throw new Error(step.kind);
    const enforced = await step.exchange.enforce([allowed({ topicId })], servicesInTest());
    if (enforced.kind !== "forward") throw new Error(enforced.kind);
    const gone = responseFrame(deleteTopics, 6, { responses: [{ name: null, topicId, errorCode: 100 }] });
    const answer = await enforced.answer(gone, servicesInTest());
    expect(decodeResponse(deleteTopics, 6, Buffer.concat(answer.bytes ?? []))).toMatchObject({
      responses: [{ name: "orders", topicId, errorCode: 100 }],
    });
    expect(answer.outcomes).toEqual([{ operation: 0, error: "UNKNOWN_TOPIC_ID" }]);
  });

  it("is left as it came where nothing was left open", async () => {
    expect((await forwarded(deleteRecords, 2, records(7n), {})).unchanged).toBe(true);
  });
});

describe("a client that comes again by itself", () => {
  const later: Verdict = { kind: "refuse", cause: "approval-pending", message: "wait", error: null, waitMs: 5_000 };
  async function answered<Req, Res>(api: ApiMessages<Req, Res>, version: number, request: Init<Req>) {
    const step = await stepOf(requestFrame(api, version, request), {});
    if (step.kind !== "exchange") throw new Error(step.kind);
    const enforced = await step.exchange.enforce([later], servicesInTest());
    if (enforced.kind !== "answer") throw new Error(enforced.kind);
    const { nativeWait } = step.exchange;
    return { nativeWait, answer: decodeResponse(api, version, Buffer.concat(enforced.answer.bytes ?? [])) };
  }

  it("is told THROTTLING_QUOTA_EXCEEDED and when to come, by the APIs that have a word for it", async () => {
    const answers = [
      await answered(createTopics, 6, { topics: [{ name: "a" }] }),
      await answered(deleteTopics, 5, { topicNames: ["a"] }),
      await answered(createPartitions, 3, { topics: [{ name: "a" }] }),
    ];
    expect(answers).toMatchObject([
      { nativeWait: true, answer: { throttleTimeMs: 5_000, topics: [{ errorCode: 89, errorMessage: "wait" }] } },
      { nativeWait: true, answer: { throttleTimeMs: 5_000, responses: [{ errorCode: 89, errorMessage: "wait" }] } },
      { nativeWait: true, answer: { throttleTimeMs: 5_000, results: [{ errorCode: 89, errorMessage: "wait" }] } },
    ]);
  });

  it("is not expected of versions and APIs without one", async () => {
    expect((await answered(deleteTopics, 4, { topicNames: ["a"] })).nativeWait).toBe(false);
    expect((await answered(createTopics, 5, { topics: [{ name: "a" }] })).nativeWait).toBe(false);
    expect((await answered(deleteGroups, 2, { groupsNames: ["a"] })).nativeWait).toBe(false);
  });
});
