// The small parts: durations, addresses, suggestions.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { suggest } from "../../../src/config/suggest.ts";
import { duration, hostPort } from "../../../src/config/values.ts";

test.each([
  ["500ms", 500],
  ["20s", 20_000],
  ["15m", 900_000],
  ["4h", 14_400_000],
  ["400d", 34_560_000_000],
])("%s is %i milliseconds", (text, ms) => {
  expect(duration().parse(text)).toBe(ms);
});

test.each(["", "20", "s", "20 s", "1.5h", "-1s", "0s", "20S", "1h30m", "1e3s", "9999999999s"])(
  "%j is no duration",
  (text) => {
    expect(duration().safeParse(text).success).toBe(false);
  },
);

test.each([
  "",
  ":1",
  "host",
  "host:",
  "host:65536",
  "host:-1",
  "ho st:1",
  "http://host:1",
  "::1:9092",
  "-host:1",
  "host:1:2",
])("%j is no address", (text) => {
  expect(hostPort(0).safeParse(text).success).toBe(false);
});

test("port 0 is for what the system may choose only", () => {
  expect([hostPort(0).safeParse("host:0").success, hostPort(1).safeParse("host:0").success]).toEqual([true, false]);
});

test("every host and port comes back as it was written (property)", () => {
  const host = fc.domain();
  fc.assert(
    fc.property(host, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
      expect(hostPort(1).parse(`${name}:${port}`)).toEqual({ host: name, port });
    }),
  );
});

describe("a suggestion", () => {
  const names = ["bind", "nodes", "cluster", "mechanisms", "advertise"];
  test.each([
    ["bnid", "bind"],
    ["node", "nodes"],
    ["Cluster", "cluster"],
    ["mechanism", "mechanisms"],
    ["advertize", "advertise"],
  ])("for %s is %s", (given, expected) => {
    expect(suggest(given, names)).toBe(expected);
  });

  test.each(["", "x", "tls", "something"])("for %j is none", (given) => {
    expect(suggest(given, names)).toBeNull();
  });
});
