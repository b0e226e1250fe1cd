// Regular expressions of the new consumer protocol: matched by the gateway, told to the broker as names.
import { describe, expect, test } from "vitest";
import { consumerGroupHeartbeat } from "../../../../src/protocols/kafka/messages/consumer-group-heartbeat.ts";
import { metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import { answering } from "../../../support/fake-broker.ts";
import { conversation } from "./conversation.ts";

const version = 1;
const member = { groupId: "g", memberId: "m", rebalanceTimeoutMs: 1000 };
const secret = [{ resource: "orders.secret" }];

/** A broker whose topics a test changes as it goes. */
async function subscribing(...names: string[]) {
  const has = new Set(names);
  const lists = answering(metadata, () => ({ topics: [...has].map((name) => ({ name })) }));
  const talk = await conversation({}, [lists]);
  const beat = (request: object, refuse: { resource: string }[] = []) =>
    talk.say(consumerGroupHeartbeat, version, { ...member, memberEpoch: 1, ...request }, { refuse });
  return { talk, has, beat };
}

/** Heartbeats that say nothing new. */
async function silent(
  beat: (
    request: object,
    refuse?: { resource: string }[],
  ) => ReturnType<Awaited<ReturnType<typeof subscribing>>["beat"]>,
  count: number,
) {
  for (let index = 0; index < count; index++) expect((await beat({})).unchanged).toBe(true);
}

describe("a regular expression", () => {
  test("goes to the broker as the topics that it matches whole and that the caller may see", async () => {
    const { beat } = await subscribing("orders.eu", "orders.secret", "my.orders.eu", "bills");
    const joined = await beat({ subscribedTopicRegex: "orders\\..*" }, secret);
    expect(joined.operations).toEqual(["group.read g", "topic.describe orders.eu", "topic.describe orders.secret"]);
    expect(joined.broker).toMatchObject({ subscribedTopicRegex: null, subscribedTopicNames: ["orders.eu"] });
    expect(joined.client.errorCode).toBe(0);
  });

  test("that matches nothing subscribes to nothing", async () => {
    const { beat } = await subscribing("bills");
    const joined = await beat({ subscribedTopicRegex: "orders.*" });
    expect(joined.broker).toMatchObject({ subscribedTopicRegex: null, subscribedTopicNames: [] });
  });

  test("stands beside names, which must all be allowed", async () => {
    const { beat } = await subscribing("orders.eu", "bills");
    const both = await beat({ subscribedTopicRegex: "orders.*", subscribedTopicNames: ["bills"] });
    expect(both.broker?.subscribedTopicNames).toEqual(["bills", "orders.eu"]);
    const refused = await beat({ subscribedTopicRegex: "orders.*", subscribedTopicNames: ["bills"] }, [
      { resource: "bills" },
    ]);
    expect(refused.broker).toBeNull();
    expect(refused.client.errorCode).toBe(29);
  });

  test("is matched again every few heartbeats: a topic that appears is told to the broker", async () => {
    const { beat, has } = await subscribing("orders.eu");
    await beat({ subscribedTopicRegex: "orders.*" });
    has.add("orders.us");
    await silent(beat, 5);
    const told = await beat({});
    expect(told.broker?.subscribedTopicNames).toEqual(["orders.eu", "orders.us"]);
  });

  test("is matched again: a topic that the policy takes away leaves the subscription", async () => {
    const { beat } = await subscribing("orders.eu", "orders.secret");
    await beat({ subscribedTopicRegex: "orders.*" });
    await silent(beat, 5);
    const told = await beat({}, secret);
    expect(told.broker?.subscribedTopicNames).toEqual(["orders.eu"]);
  });

  test("costs nothing where nothing changed, and asks the broker only when it is matched", async () => {
    const { talk, beat } = await subscribing("orders.eu");
    await beat({ subscribedTopicRegex: "orders.*" });
    await silent(beat, 6);
    expect(talk.asked).toEqual(["Metadata", "Metadata"]);
  });

  test("is told again after a heartbeat that the broker did not take", async () => {
    const { talk, beat } = await subscribing("orders.eu");
    await talk.say(
      consumerGroupHeartbeat,
      version,
      { ...member, subscribedTopicRegex: "orders.*" },
      { answer: { errorCode: 14 } },
    );
    const again = await beat({});
    expect(again.broker?.subscribedTopicNames).toEqual(["orders.eu"]);
  });

  test.each([
    ["another expression", { subscribedTopicRegex: "bill.*" }, ["bills"]],
    ["other names beside it", { subscribedTopicNames: ["z"] }, ["orders.eu", "z"]],
  ])("is replaced by %s", async (_what, request, names) => {
    const { beat } = await subscribing("orders.eu", "bills");
    await beat({ subscribedTopicRegex: "orders.*" });
    expect((await beat(request)).broker?.subscribedTopicNames).toEqual(names);
  });

  test.each([
    ["is taken back", { subscribedTopicRegex: "" }],
    ["ends with the member", { memberEpoch: -1 }],
  ])("%s", async (_what, request) => {
    const { talk, beat } = await subscribing("orders.eu");
    await beat({ subscribedTopicRegex: "orders.*" });
    await beat(request);
    await silent(beat, 12);
    expect(talk.asked).toEqual(["Metadata"]);
  });

  test.each(["(a)\\1", "(?=a)a", "(?i)orders", "\\Qorders\\E", "orders(", "x".repeat(2_000)])(
    "that cannot be matched in linear time is refused with a sentence: %s",
    async (subscribedTopicRegex) => {
      const { beat } = await subscribing("orders");
      const refused = await beat({ subscribedTopicRegex });
      expect(refused.broker).toBeNull();
      expect(refused.client.errorCode).toBe(128);
      expect(refused.client.errorMessage).toMatch(/linear time/);
    },
  );

  test("cannot stop the event loop", async () => {
    const { beat } = await subscribing(`${"a".repeat(248)}!`);
    const before = process.cpuUsage();
    await beat({ subscribedTopicRegex: "(a|a|aa|a.*a)*(b|.*c)*" });
    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(2_000);
  });
});
