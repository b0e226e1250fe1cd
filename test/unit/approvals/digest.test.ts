// The digest: equal for what is the same request, different for whatever would do something else.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { approvalDigest, canonicalJson } from "../../../src/approvals/digest.ts";
import type { JsonObject } from "../../../src/base/json.ts";
import { deletion, digestInput } from "./fixtures.ts";

const base = digestInput();

test("a resend with another time-out has the same digest", () => {
  const operation = { ...deletion, attributes: { ...deletion.attributes, timeoutMs: 60_000 } };

  expect(approvalDigest({ ...base, operation })).toBe(approvalDigest(base));
});

test("attributes and pinned facts count whatever the order of their members", () => {
  const one = { ...base, operation: { ...deletion, attributes: { a: 1, b: { c: 2, d: 3 } } } };
  const other = { ...base, operation: { ...deletion, attributes: { b: { d: 3, c: 2 }, a: 1 } } };

  expect(approvalDigest(one)).toBe(approvalDigest(other));
});

test.each([
  ["cluster", { cluster: "other" }],
  ["principal", { principal: "mallory" }],
  ["protocol", { protocol: "pulsar" }],
  ["API", { api: "DeleteRecords" }],
  ["pinned fact", { pinned: { id: "BBBBBBBBBBBBBBBBBBBBBQ" } }],
  ["operation", { operation: { ...deletion, name: "topic.alter" } }],
  ["resource type", { operation: { ...deletion, resource: { ...deletion.resource, type: "group" as const } } }],
  ["resource name", { operation: { ...deletion, resource: { ...deletion.resource, name: "orders.us" } } }],
  ["resource id", { operation: { ...deletion, resource: { type: "topic" as const, name: "orders.eu" } } }],
  ["attribute", { operation: { ...deletion, attributes: { partitions: 3 } } }],
  ["dry run", { operation: { ...deletion, dryRun: true } }],
])("another %s gives another digest", (_, change) => {
  expect(approvalDigest({ ...base, ...change })).not.toBe(approvalDigest(base));
});

test("the digest does not move between releases: open approvals would be orphaned", () => {
  expect(approvalDigest(base)).toBe("5e93ac4c2469ca7e06f4f27258ed0998ca167bffc48e10834e9e19b6c8fbd6f4");
});

test("canonical JSON is JSON, and the same for equal values whatever the order of members", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const plain: JsonObject = JSON.parse(JSON.stringify(value));
      const reversed: JsonObject = Object.fromEntries(Object.entries(plain).toReversed());

      const text = canonicalJson(plain);

      expect(JSON.parse(text)).toEqual(plain);
      expect(canonicalJson(reversed)).toBe(text);
    }),
  );
});

test("values that only look alike stay apart", () => {
  const texts = [1, "1", true, "true", null, "null", [], {}, [[]], [{}], "", [""]].map(canonicalJson);

  expect(new Set(texts).size).toBe(texts.length);
});
