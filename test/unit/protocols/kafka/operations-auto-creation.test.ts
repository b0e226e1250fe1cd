// Metadata that would create topics: each missing one is a creation, judged before anything goes on.
import { describe, expect, test } from "vitest";
import { metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import { answering } from "../../../support/fake-broker.ts";
import { conversation } from "./conversation.ts";

const has = (...names: string[]) =>
  answering(metadata, ({ topics, allowAutoTopicCreation }) => {
    if (allowAutoTopicCreation) throw new Error("the gateway's own question would create topics");
    return { topics: (topics ?? []).map(({ name }) => ({ name, errorCode: names.includes(name ?? "") ? 0 : 3 })) };
  });

const asking = (...names: string[]) => ({
  topics: names.map((name) => ({ name })),
  allowAutoTopicCreation: true,
});

describe.each([4, 13])("Metadata %i with automatic creation", (version) => {
  test("creates nothing where all topics exist: the flag is taken away", async () => {
    const talk = await conversation({}, [has("orders")]);
    const turn = await talk.say(metadata, version, asking("orders"));
    expect(turn.operations).toEqual(["topic.describe orders"]);
    expect(turn.broker?.allowAutoTopicCreation).toBe(false);
  });

  test("goes on as it is where what is missing may be created", async () => {
    const talk = await conversation({}, [has("orders")]);
    const turn = await talk.say(metadata, version, asking("orders", "fresh"));
    expect(turn.operations).toEqual(["topic.describe orders", "topic.describe fresh", "topic.create fresh"]);
    expect(turn.exchange.operations[2]?.attributes).toEqual({
      partitions: -1,
      replicationFactor: -1,
      configs: {},
      automatic: true,
    });
    expect(turn.unchanged).toBe(true);
  });

  test("answers a topic as missing that may be seen and not created, and asks for the others", async () => {
    const talk = await conversation({}, [has("orders")]);
    const turn = await talk.say(metadata, version, asking("orders", "fresh", "new"), {
      refuse: [{ operation: "topic.create", resource: "fresh" }],
      answer: { topics: [{ name: "orders" }, { name: "new", errorCode: 5 }] },
    });
    expect(turn.broker?.topics?.map(({ name }) => name)).toEqual(["orders", "new"]);
    expect(turn.broker?.allowAutoTopicCreation).toBe(true);
    expect(turn.client.topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ["orders", 0],
      ["new", 5],
      ["fresh", 3],
    ]);
  });

  test("creates no topic that may not be seen, even where it could be created", async () => {
    const talk = await conversation({}, [has("orders")]);
    const turn = await talk.say(metadata, version, asking("orders", "fresh"), {
      refuse: [{ operation: "topic.describe", resource: "fresh" }],
    });
    expect(turn.broker?.topics?.map(({ name }) => name)).toEqual(["orders"]);
    expect(turn.broker?.allowAutoTopicCreation).toBe(false);
    expect(turn.client.topics.map(({ name, errorCode }) => [name, errorCode])).toContainEqual(["fresh", 29]);
  });

  test("asks nothing where no topic is named or nothing would be created", async () => {
    const talk = await conversation({}, [has()]);
    const all = await talk.say(metadata, version, { topics: null, allowAutoTopicCreation: true });
    const plain = await talk.say(metadata, version, { topics: [{ name: "x" }], allowAutoTopicCreation: false });
    expect(talk.asked).toEqual([]);
    expect(all.broker?.allowAutoTopicCreation).toBe(false);
    expect(plain.unchanged).toBe(true);
  });
});
