// Requests as JSON and operations by name: what people ask ahead for is the very request that a client would send, or it is refused.
import { describe, expect, it } from "vitest";
import { actions, requestOfAction } from "../../../../src/protocols/kafka/actions.ts";
import { structFromJson } from "../../../../src/protocols/kafka/json-request.ts";
import { createPartitions } from "../../../../src/protocols/kafka/messages/create-partitions.ts";
import { deleteRecords } from "../../../../src/protocols/kafka/messages/delete-records.ts";
import { apis } from "../../../../src/protocols/kafka/messages/index.ts";
import type { AnyStruct } from "../../../../src/protocols/kafka/schema.ts";

const records = (json: object) => structFromJson(deleteRecords.request.struct, json as never);

describe("a request as JSON", () => {
  it("has Kafka's own field names, large numbers as text, and defaults for the rest", () => {
    const json = {
      topics: [
        {
          name: "orders",
          partitions: [
            { partitionIndex: 0, offset: "9223372036854775807" },
            { partitionIndex: 1, offset: -1 },
          ],
        },
      ],
    };
    expect(records(json)).toMatchObject({
      topics: [
        {
          name: "orders",
          partitions: [
            { partitionIndex: 0, offset: 9_223_372_036_854_775_807n },
            { partitionIndex: 1, offset: -1n },
          ],
        },
      ],
      timeoutMs: 0,
    });
  });

  it("takes null where Kafka does", () => {
    const json = { topics: [{ name: "orders", count: 3, assignments: null }] };
    expect(structFromJson(createPartitions.request.struct, json)).toMatchObject(json);
  });

  it.each([
    ["a field that is misspelt", { topic: [] }, "DeleteRecordsRequest.topic: no such field; there are: topics"],
    ["a list that is none", { topics: {} }, "topics: a list is expected"],
    ["an object that is none", { topics: ["orders"] }, "topics[0]: an object is expected"],
    ["null where it cannot be", { topics: null }, "topics: null is not possible"],
    ["a number as text", { timeoutMs: "5" }, "timeoutMs: a whole number"],
    ["a number that does not fit", { timeoutMs: 2 ** 31 }, "timeoutMs: a whole number"],
    [
      "half a number",
      { topics: [{ partitions: [{ offset: 1.5 }] }] },
      "topics[0].partitions[0].offset: a whole number",
    ],
    ["a name that is a number", { topics: [{ name: 5 }] }, "topics[0].name: a text"],
  ])("is refused with %s", (_, json, message) => {
    expect(() => records(json)).toThrow(message);
  });
});

describe("an operation by its name", () => {
  const given: Readonly<Record<string, object>> = {
    "topic.delete": { topic: "orders" },
    "topic.delete-records": { topic: "orders", offsets: { "0": -1 } },
    "topic.create-partitions": { topic: "orders", partitions: 6 },
    "topic.alter-config": { topic: "orders", configs: { "retention.ms": "1", "cleanup.policy": null } },
    "group.delete": { group: "billing" },
    "group.delete-offsets": { group: "billing", topic: "orders", partitions: { "0": true } },
  };

  it.each(Object.keys(actions))("%s is a request that its API has", (name) => {
    const { api, request } = requestOfAction(name, (given[name] ?? {}) as never);
    const found = apis.find((one) => one.name === api);
    expect(found).toBeDefined();
    if (found) structFromJson(found.request.struct as AnyStruct, request);
  });

  it.each([
    ["without what it is about", "topic.delete", {}, "topic is a text"],
    ["with something else", "topic.delete", { topic: "a", force: true }, "has no force"],
    ["that has no short form", "cluster.unregister-broker", {}, "no short form"],
    ["that is none", "constructor", {}, "no short form"],
  ])("is refused %s", (_, name, parameters, message) => {
    expect(() => requestOfAction(name, parameters as never)).toThrow(message);
  });
});
