// From verified claims to an identity, how long it lasts, and how guessing is slowed down.
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { limits } from "../../../src/base/limits.ts";
import { claimAt, identityFromClaims } from "../../../src/identity/claims.ts";
import { createFailureDelay } from "../../../src/identity/failure-delay.ts";
import { sameCaller, sessionLifetimeMs } from "../../../src/identity/lifetime.ts";

const names = { principal: "sub", groups: "groups", prefix: "" };
const identity = (claims: Parameters<typeof identityFromClaims>[0], more: Partial<typeof names> = {}) =>
  identityFromClaims({ sub: "alice", ...claims }, { ...names, ...more }, "oauthbearer");

describe("groups", () => {
  test.each([
    ["a list", ["a", "b"], ["a", "b"]],
    ["a list that repeats itself", ["a", "a"], ["a"]],
    ["one name", "a", ["a"]],
    ["nothing", undefined, []],
    ["null", null, []],
  ])("may come as %s", (_name, groups, expected) => {
    expect(identity({ groups })).toMatchObject({ groups: expected });
  });

  test.each([[7], [{ a: true }], [["a", 7]], [[["a"]]], [true]])("must not come as %j", (groups) => {
    expect(identity({ groups })).toBe('the claim "groups" is not a list of names');
  });

  test("are found deeper by a path (Keycloak's realm roles)", () => {
    expect(identity({ realm_access: { roles: ["admin"] } }, { groups: "realm_access.roles" })).toMatchObject({
      groups: ["admin"],
    });
  });

  test("are found under a name with dots (Auth0's namespaced claims)", () => {
    const groups = "https://example.com/groups";
    expect(identity({ [groups]: ["admin"] }, { groups })).toMatchObject({ groups: ["admin"] });
  });
});

test.each([7, null, "", "   ", "a\0b", "a\nb", ["alice"], { name: "alice" }, "x".repeat(257)])(
  "%j is no principal",
  (sub) => {
    expect(typeof identity({ sub })).toBe("string");
  },
);

test("a prefix is put before the principal", () => {
  expect(identity({}, { prefix: "partner:" })).toMatchObject({ principal: "partner:alice" });
});

test.each(["__proto__", "constructor", "toString", "sub.length", "groups.0"])(
  "the path %s reaches nothing that is no claim",
  (path) => {
    expect(claimAt({ sub: "alice", groups: ["a"] }, path)).toBeUndefined();
  },
);

const until = (expiresAt: number | null) => ({
  principal: "p",
  groups: [],
  mechanism: "m",
  issuer: null,
  claims: {},
  expiresAt,
});

describe("a login lasts", () => {
  test.each([
    ["as long as its token", until(5_000), null, 4_000],
    ["no longer than configured", until(5_000), 3_000, 3_000],
    ["no longer than its token", until(5_000), 9_000, 4_000],
    ["as configured without a token", until(null), 3_000, 3_000],
    ["for ever, said as 0, when nothing ends it", until(null), null, 0],
    ["a moment, never for ever, when its token has just ended", until(500), null, 1],
  ])("%s", (_name, who, sessionMs, expected) => {
    expect(sessionLifetimeMs(who, sessionMs, 1_000)).toBe(expected);
  });

  test("and goes on only for the same name from the same issuer", () => {
    const alice = until(1);
    expect(sameCaller(alice, { ...alice, groups: ["new"], expiresAt: 9 })).toBe(true);
    expect(sameCaller(alice, { ...alice, principal: "bob" })).toBe(false);
    expect(sameCaller(alice, { ...alice, issuer: "https://elsewhere" })).toBe(false);
  });
});

const at = (start: number) => {
  const time = { now: start };
  return { time, clock: { ...systemClock, monotonic: () => time.now } };
};

describe("failed logins of an address", () => {
  test("wait longer each time, up to a bound, and each address for itself", () => {
    const delay = createFailureDelay(at(0).clock);
    const waits = Array.from({ length: 10 }, () => delay.failed("10.0.0.1"));
    expect(waits.slice(0, 3)).toEqual([100, 200, 400]);
    expect(waits.at(-1)).toBe(limits.loginFailureDelayMsMax);
    expect(delay.failed("10.0.0.2")).toBe(100);
  });

  test("are forgotten after a quiet minute", () => {
    const { time, clock } = at(0);
    const delay = createFailureDelay(clock);
    delay.failed("10.0.0.1");
    time.now += 60_001;
    expect(delay.failed("10.0.0.1")).toBe(100);
  });

  test("are remembered for a bounded number of addresses, the longest quiet going first", () => {
    const delay = createFailureDelay(at(0).clock, 2);
    for (const address of ["a", "b", "a", "c"]) delay.failed(address);
    expect([delay.failed("a"), delay.failed("b")]).toEqual([400, 100]);
  });
});
