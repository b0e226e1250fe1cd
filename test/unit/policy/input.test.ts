// The document that policies see: complete, closed, and the same as its schema and as the text that goes into WASM.
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { buildInput, factsText, manyText, oneText, sessionFacts, timeFacts } from "../../../src/policy/input.ts";
import { inputSchema } from "../../../src/policy/schema.ts";
import { identity, operation, session, someTime } from "./support.ts";

/** Paths of all leaves; free-form objects end at their own name. */
function paths(value: unknown, at = ""): string[] {
  const free = at.endsWith(".attributes") || at.endsWith(".claims");
  if (free || typeof value !== "object" || value === null || Array.isArray(value)) return [at];
  return Object.entries(value).flatMap(([key, inner]) => paths(inner, `${at}.${key}`));
}

function schemaPaths(schema: unknown, at = ""): string[] {
  if (typeof schema !== "object" || schema === null || !("properties" in schema)) return [at];
  const { properties } = schema;
  if (typeof properties !== "object" || properties === null) return [at];
  return Object.entries(properties).flatMap(([key, inner]) => schemaPaths(inner, `${at}.${key}`));
}

const bare = session({ node: null, software: null, clientId: null, client: "10.0.0.7:50123" });

describe("the input", () => {
  it("has exactly the fields of its schema, also where little is known", () => {
    const input = buildInput({ session: bare, now: someTime }, operation("topic.read", "orders"));
    expect(paths(input).toSorted()).toEqual(schemaPaths(inputSchema).toSorted());
  });

  it("holds nothing undefined or null, since a missing field makes a rule vanish", () => {
    const input = buildInput({ session: bare, now: someTime }, operation("topic.read", "orders"));
    expect(JSON.stringify(input)).not.toContain("null");
    expect(JSON.parse(JSON.stringify(input))).toEqual(input);
  });

  it("is the same document as the text for one operation", () => {
    const one = operation("topic.alter-config", "orders", {
      attributes: { configs: [{ name: "retention.ms", value: "1" }] },
    });
    const facts = factsText(sessionFacts(session()));
    expect(JSON.parse(oneText(facts, someTime, one))).toEqual(buildInput({ session: session(), now: someTime }, one));
  });

  it("is the same document as the text for many, but for the operation", () => {
    const two = [operation("topic.read", "a"), operation("topic.read", "b")];
    const document: unknown = JSON.parse(manyText(factsText(sessionFacts(session())), someTime, two));
    const { operation: first, ...shared } = buildInput(
      { session: session(), now: someTime },
      operation("topic.read", "a"),
    );
    const operations = [first, { ...first, resource: { type: "topic", name: "b", id: "" } }];
    expect(document).toEqual({ operations, ...shared });
  });

  it.each([
    ["10.0.0.7:50123", "10.0.0.7", 50_123],
    ["[2001:db8::1]:9", "2001:db8::1", 9],
    ["::ffff:10.0.0.7:80", "10.0.0.7", 80],
    ["[::ffff:10.0.0.7]:80", "10.0.0.7", 80],
    ["::ffff:10.0.0.7", "10.0.0.7", -1],
    ["::1", "::1", -1],
    ["10.0.0.7", "10.0.0.7", -1],
  ])("splits the client address %s", (client, address, port) => {
    expect(sessionFacts(session({ client })).client).toMatchObject({ address, port });
  });

  it("tells the time in UTC", () => {
    expect(timeFacts(someTime)).toEqual({
      nowMs: someTime,
      iso: "2023-11-15T02:13:20.000Z",
      date: "2023-11-15",
      weekday: "wednesday",
      hour: 2,
      minute: 13,
    });
  });

  it("carries no way to forge a field through a name or a claim", () => {
    const hostile = session({
      clientId: '","principal":{"name":"root"},"x":"',
      identity: identity({ claims: { '"}': '\\"}' } }),
    });
    const text = oneText(factsText(sessionFacts(hostile)), someTime, operation("topic.read", '"}'));
    expect(JSON.parse(text)).toMatchObject({ principal: { name: "alice" }, operation: { resource: { name: '"}' } } });
  });

  it("does not exist before login", () => {
    expect(() => sessionFacts(session({ identity: null }))).toThrow(/nobody/);
  });

  it("has a schema file for OPA's own tools that says the same", async () => {
    const file = await readFile(new URL("../../../policies/schema/input.json", import.meta.url), "utf8");
    expect(JSON.parse(file)).toEqual(inputSchema);
  });
});
