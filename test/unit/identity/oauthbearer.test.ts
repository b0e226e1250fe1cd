// SASL/OAUTHBEARER as a conversation: what Kafka's clients send, and the long way of saying no.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oauthbearer, parseBearer } from "../../../src/identity/mechanisms/oauthbearer.ts";
import type { TokenVerifier } from "../../../src/identity/tokens.ts";

const identity = {
  principal: "alice",
  groups: [],
  mechanism: "oauthbearer",
  issuer: "https://idp",
  claims: {},
  expiresAt: 1,
};
const tokens: TokenVerifier = {
  verify: async (token) =>
    token === "good.token-~+/1=="
      ? { ok: true, identity }
      : { ok: false, reason: "the token has expired", claimed: "alice" },
};
const start = () => oauthbearer(tokens).start();
const good = "good.token-~+/1==";

describe("a good token", () => {
  test.each([
    ["as Java and franz-go send it", `n,,\x01auth=Bearer ${good}\x01\x01`],
    ["with extensions (KIP-342)", `n,,\x01auth=Bearer ${good}\x01logicalCluster=lkc-1\x01traceId=a b\x01\x01`],
    ["with the host and port of RFC 7628", `n,a=alice,\x01host=kafka\x01port=9092\x01auth=Bearer ${good}\x01\x01`],
    ["with the scheme in small letters", `n,,\x01auth=bearer ${good}\x01\x01`],
  ])("logs in: %s", async (_name, text) => {
    expect(await start().step(Buffer.from(text))).toEqual({ kind: "success", bytes: Buffer.alloc(0), identity });
  });

  test("logs in nobody else than its principal", async () => {
    const result = await start().step(Buffer.from(`n,a=root,\x01auth=Bearer ${good}\x01\x01`));
    expect(result.kind).toBe("challenge");
  });
});

describe("a bad token", () => {
  test("is answered by a challenge in JSON, and by the failure after the client's 0x01", async () => {
    const exchange = start();
    const challenge = await exchange.step(Buffer.from("n,,\x01auth=Bearer bad\x01\x01"));
    const failure = await exchange.step(Buffer.from("\x01"));
    expect(challenge).toMatchObject({ kind: "challenge", bytes: Buffer.from('{"status":"invalid_token"}') });
    expect(challenge).toHaveProperty("failed", { reason: "the token has expired", claimed: "alice" });
    expect(failure).toMatchObject({ kind: "failure", reason: "the token has expired", claimed: "alice" });
  });

  test("is not made good by a good one where 0x01 was due", async () => {
    const exchange = start();
    await exchange.step(Buffer.from("n,,\x01auth=Bearer bad\x01\x01"));
    const second = await exchange.step(Buffer.from(`n,,\x01auth=Bearer ${good}\x01\x01`));
    const third = await exchange.step(Buffer.from(`n,,\x01auth=Bearer ${good}\x01\x01`));
    expect([second.kind, third.kind]).toEqual(["failure", "failure"]);
  });
});

test.each([
  ["empty", ""],
  ["only a separator", "\x01"],
  ["no header", `\x01auth=Bearer ${good}\x01\x01`],
  ["channel binding", `p=tls-unique,,\x01auth=Bearer ${good}\x01\x01`],
  ["no closing separator", `n,,\x01auth=Bearer ${good}\x01`],
  ["bytes after the end", `n,,\x01auth=Bearer ${good}\x01\x01x`],
  ["no token", "n,,\x01auth=Bearer \x01\x01"],
  ["another scheme", `n,,\x01auth=Basic ${good}\x01\x01`],
  ["two tokens", `n,,\x01auth=Bearer bad\x01auth=Bearer ${good}\x01\x01`],
  ["no auth", "n,,\x01host=kafka\x01\x01"],
  ["NUL in the token", "n,,\x01auth=Bearer a\0b\x01\x01"],
  ["an extension with a bad name", `n,,\x01auth=Bearer ${good}\x01tr-ace=1\x01\x01`],
  ["a bad escape in the authorization id", `n,a=al=ice,\x01auth=Bearer ${good}\x01\x01`],
])("a message is refused in words: %s", (_name, text) => {
  expect(typeof parseBearer(Buffer.from(text))).toBe("string");
});

test("escapes of the authorization id are undone", () => {
  expect(parseBearer(Buffer.from(`n,a=a=2Cb=3Dc,\x01auth=Bearer ${good}\x01\x01`))).toMatchObject({ authzid: "a,b=c" });
});

test("any bytes end in a result, never in an exception (property)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect((await start().step(Buffer.from(bytes))).kind).toBe("challenge");
    }),
  );
});
