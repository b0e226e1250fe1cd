// SASL/PLAIN: what the message may look like and who gets in.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Sensitive } from "../../../src/base/sensitive.ts";
import { createAccounts } from "../../../src/identity/accounts.ts";
import { parsePlain, plain } from "../../../src/identity/mechanisms/plain.ts";

const mechanism = plain(
  createAccounts([
    { name: "alice", password: new Sensitive("wonderland"), groups: ["analysts"] },
    { name: "zoë", password: new Sensitive("pässwörd"), groups: [] },
  ]),
);
const login = (text: string | Buffer) => mechanism.start().step(Buffer.from(text));

describe("a login", () => {
  test.each(["\0alice\0wonderland", "alice\0alice\0wonderland"])(
    "with the right password succeeds: %j",
    async (text) => {
      expect(await login(text)).toEqual({
        kind: "success",
        bytes: Buffer.alloc(0),
        identity: {
          principal: "alice",
          groups: ["analysts"],
          mechanism: "plain",
          issuer: null,
          claims: {},
          expiresAt: null,
        },
      });
    },
  );

  test("may use any letters", async () => {
    expect((await login("\0zoë\0pässwörd")).kind).toBe("success");
  });

  test.each([
    ["wrong password", "\0alice\0wonderlanD"],
    ["part of the password", "\0alice\0wonder"],
    ["unknown account", "\0mallory\0wonderland"],
    ["name in other letters", "\0Alice\0wonderland"],
    ["somebody else's authorization id", "root\0alice\0wonderland"],
    ["no name", "\0\0wonderland"],
    ["no password", "\0alice\0"],
    ["two parts", "alice\0wonderland"],
    ["four parts", "\0alice\0wonderland\0"],
    ["NUL inside the password", "\0alice\0wonder\0land"],
    ["nothing", ""],
    ["a property of every object", "\0__proto__\0wonderland"],
  ])("fails: %s", async (_name, text) => {
    expect((await login(text)).kind).toBe("failure");
  });

  test("fails alike for the client whether the account or the password is wrong", async () => {
    const [account, password] = await Promise.all([login("\0mallory\0x"), login("\0alice\0x")]);
    const seen = (result: typeof account) => (result.kind === "failure" ? [result.message, result.bytes] : null);
    expect(seen(account)).toEqual(seen(password));
    expect(account).toMatchObject({ reason: "there is no such account", claimed: "mallory" });
  });

  test("fails on bytes that are not UTF-8", async () => {
    expect((await login(Buffer.from([0, 0xff, 0xfe, 0, 0x61]))).kind).toBe("failure");
  });

  test("keeps control characters of a claimed name out of the log", async () => {
    expect(await login("\0ali\x1b[31mce\n\0x")).toMatchObject({ claimed: "ali\u{fffd}[31mce\u{fffd}" });
  });

  test("has one message: a second one fails even with the right password", async () => {
    const exchange = mechanism.start();
    await exchange.step(Buffer.from("\0alice\0wrong"));
    expect((await exchange.step(Buffer.from("\0alice\0wonderland"))).kind).toBe("failure");
  });
});

test("no password appears in a failure", async () => {
  const result = await login("\0alice\0my-secret-guess");
  expect(JSON.stringify(result)).not.toContain("my-secret-guess");
});

test("what is parsed is what was said (property)", () => {
  const part = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(fc.option(part, { nil: "" }), part, part, (authzid, authcid, passwd) => {
      expect(parsePlain(Buffer.from(`${authzid}\0${authcid}\0${passwd}`))).toEqual({ authzid, authcid, passwd });
    }),
  );
});
