// The comparison of two reports: it finds what differs, and only that. A comparison that finds nothing would let everything pass.
import { describe, expect, it } from "vitest";
import { compare, normalise, readReport, type Step } from "../../clients/compare.ts";
import { isExpected } from "../../clients/expected.ts";

const direct = { prefix: "run1", hiddenPorts: new Set<string>() };
const through = { prefix: "run2", hiddenPorts: new Set(["9092"]) };
const step = (value: unknown): Step => ({ step: "one", ok: true, value });

describe("reports", () => {
  it("are the lines that are steps; a client's chatter is not", () => {
    const text = 'warning: slow\n{"step":"one","ok":true,"value":1}\n{"level":"info"}\n';
    expect(readReport(text)).toEqual([{ step: "one", ok: true, value: 1 }]);
  });

  it("are the same when only names of the run, ids, times and addresses differ", () => {
    const one = normalise(
      { topic: "run1-a", TopicID: "x", timestamp: 5, at: "127.0.0.1:9092", who: crypto.randomUUID() },
      direct,
    );
    const other = normalise(
      { topic: "run2-a", TopicID: "y", timestamp: 6, at: "127.0.0.1:7000", who: crypto.randomUUID() },
      through,
    );
    expect(other).toEqual(one);
  });

  it("are the same in another order where things have names", () => {
    const [a, b] = [
      { Name: "a", n: 1 },
      { Name: "b", n: 2 },
    ];
    expect(normalise([a, b], direct)).toEqual(normalise([b, a], direct));
  });

  it("show a broker's address that came through the gateway, also where addresses are not compared", () => {
    expect(normalise({ at: "127.0.0.1:9092", coordinator: "127.0.0.1:9092" }, through)).toEqual({
      at: "<LEAK>",
      coordinator: "<LEAK>",
    });
  });
});

describe("differences", () => {
  it("are told at the finest place", () => {
    const found = compare([step({ a: { b: 1, c: [1, 2] } })], [step({ a: { b: 1, c: [1, 3] } })]);
    expect(found).toEqual([{ step: "one", path: "value.a.c.1", broker: 2, gateway: 3 }]);
  });

  it("include a step that one report lacks", () => {
    expect(compare([step(1)], [])).toMatchObject([{ step: "one", gateway: undefined }]);
  });

  it("of an error count, unless only the policy's sentence stands for the broker's", () => {
    const text = (words: string) => `TOPIC_AUTHORIZATION_FAILED: ${words}`;
    const difference = { step: "x", path: "error", broker: text("Topic authorization failed.") };
    expect(isExpected("any", "guarded", { ...difference, gateway: text("This topic is closed.") })).toBe(true);
    expect(isExpected("any", "guarded", { ...difference, gateway: "UNKNOWN: This topic is closed." })).toBe(false);
    expect(isExpected("any", "all", { ...difference, gateway: text("This topic is closed.") })).toBe(false);
  });

  it("of a masked step count, unless the secret is masked", () => {
    const difference = { step: "consume-masked", path: "value.0.value", broker: "a@example.com" };
    expect(isExpected("any", "guarded", { ...difference, gateway: "[redacted]" })).toBe(true);
    expect(isExpected("any", "guarded", { ...difference, gateway: "b@example.com" })).toBe(false);
  });
});
