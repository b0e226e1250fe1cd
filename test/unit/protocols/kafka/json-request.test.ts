// Requests as JSON and operations by name: what people ask ahead for is the very request that a client would send, or it is refused.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { actions, requestOfAction } from "../../../../src/protocols/kafka/actions/index.ts";
import { newestVersion, structFromJson } from "../../../../src/protocols/kafka/json-request.ts";
import { createPartitions } from "../../../../src/protocols/kafka/messages/create-partitions.ts";
import { deleteRecords } from "../../../../src/protocols/kafka/messages/delete-records.ts";
import { apis } from "../../../../src/protocols/kafka/messages/index.ts";
import { offsetCommit } from "../../../../src/protocols/kafka/messages/offset-commit.ts";
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

describe("the version that a request goes in", () => {
  it.each([
    ["all of them, where nothing says less", { groupId: "g" }, 10],
    ["those that have names of topics", { topics: [{ name: "orders", partitions: [{ partitionIndex: 0 }] }] }, 9],
    ["those that have ids of topics", { topics: [{ topicId: "AAAAAAAAAAAAAAAAAAAAAQ" }] }, 10],
    ["those that have what is gone since", { retentionTimeMs: 5, topics: [] }, 4],
  ])("is the newest of %s", (_, json, newest) => {
    expect(newestVersion(offsetCommit.request.struct, json)).toBe(newest);
  });
});

describe("an operation by its name", () => {
  const given: Readonly<Record<string, object>> = {
    "topic.delete": { topic: "orders" },
    "topic.delete-records": { topic: "orders", offsets: { "0": -1 } },
    "topic.create-partitions": { topic: "orders", partitions: 6 },
    "topic.alter-config": { topic: "orders", configs: { "retention.ms": "1", "cleanup.policy": null } },
    "group.delete": { group: "billing" },
    "group.delete-offsets": { group: "billing", topic: "orders", partitions: [0, 3] },
    "group.reset-offsets": { group: "billing", topic: "orders", offsets: { "0": "7" } },
    "topic.elect-leaders": { topic: "orders", partitions: [0], election: "unclean" },
    "topic.reassign": { topic: "orders", replicas: { "0": [1, 2], "1": null } },
    "acl.create": { resource: "topic:orders", principal: "User:bob", operation: "read" },
    "acl.delete": { resource: "topic" },
    "client-quota.alter": { entity: { user: "bob", "client-id": null }, quotas: { producer_byte_rate: 1.5, x: null } },
    "cluster.unregister-broker": { broker: 3 },
  };

  it.each(Object.keys(actions))("%s is a request that its API has", (name) => {
    const { api, request } = requestOfAction(name, (given[name] ?? {}) as never);
    const found = apis.find((one) => one.name === api);
    expect(found).toBeDefined();
    if (found) structFromJson(found.request.struct as AnyStruct, request);
  });

  it("is in the list for those who ask", () => {
    const page = readFileSync(new URL("../../../../policies/README.md", import.meta.url), "utf8");
    const [, listed = ""] = page.split("--action …");
    const names = [...listed.matchAll(/^\| `([a-z.-]+)` \| `--/gm)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set(Object.keys(actions)));
  });

  it.each([
    ["without what it is about", "topic.delete", {}, "topic is a text"],
    ["with something else", "topic.delete", { topic: "a", force: true }, "has no force"],
    ["that has no short form", "cluster.add-voter", {}, "no short form"],
    [
      "with a word that is none",
      "acl.create",
      { resource: "topic:a", principal: "User:b", operation: "eat" },
      "one of",
    ],
    ["with a resource that is none", "acl.delete", { resource: "broker:1" }, "such as topic:orders"],
    [
      "with a new ACL on no resource",
      "acl.create",
      { resource: "topic", principal: "b", operation: "read" },
      "such as",
    ],
    ["with a quota that is no number", "client-quota.alter", { entity: {}, quotas: { x: "much" } }, "of numbers"],
    ["with partitions that are none", "topic.elect-leaders", { topic: "a", partitions: "0" }, "whole numbers"],
    ["with an election that is none", "topic.elect-leaders", { topic: "a", partitions: [0], election: "x" }, "unclean"],
    ["that is none", "constructor", {}, "no short form"],
  ])("is refused %s", (_, name, parameters, message) => {
    expect(() => requestOfAction(name, parameters as never)).toThrow(message);
  });
});
