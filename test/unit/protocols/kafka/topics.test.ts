// Topic ids and names of a cluster.
import { describe, expect, it } from "vitest";
import { limits } from "../../../../src/base/limits.ts";
import { noTopicId, TopicMap } from "../../../../src/protocols/kafka/topics.ts";

const id = (n: number) => Buffer.from(n.toString(16).padStart(32, "0"), "hex").toString("base64url");

describe("the topic map", () => {
  it("knows a topic both ways", () => {
    const topics = new TopicMap();
    topics.learn(id(1), "orders");
    expect([topics.nameOf(id(1)), topics.idOf("orders")]).toEqual(["orders", id(1)]);
  });

  it("keeps the old id of a topic that was made anew: it still named that topic", () => {
    const topics = new TopicMap();
    topics.learn(id(1), "orders");
    topics.learn(id(2), "orders");
    expect([topics.nameOf(id(1)), topics.nameOf(id(2)), topics.idOf("orders")]).toEqual(["orders", "orders", id(2)]);
  });

  it("takes the zero id for none", () => {
    const topics = new TopicMap();
    topics.learn(noTopicId, "orders");
    expect([topics.nameOf(noTopicId), topics.idOf("orders")]).toEqual([undefined, undefined]);
  });

  it("is bounded: the oldest go first, in both directions", () => {
    const topics = new TopicMap();
    for (let n = 1; n <= limits.topicIdsMax + 1; n++) topics.learn(id(n), `t${n}`);
    expect([topics.nameOf(id(1)), topics.idOf("t1")]).toEqual([undefined, undefined]);
    expect(topics.nameOf(id(limits.topicIdsMax + 1))).toBe(`t${limits.topicIdsMax + 1}`);
  });
});
