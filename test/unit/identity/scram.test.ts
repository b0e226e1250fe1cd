// SCRAM towards clients: who gets in, what is refused, and that nothing tells which accounts exist. The client is our own for brokers,
// which is tested against Kafka's brokers; real clients are in test/integration/tls.test.ts.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Sensitive } from "../../../src/base/sensitive.ts";
import { createAccounts } from "../../../src/identity/accounts.ts";
import type { MechanismExchange, MechanismResult } from "../../../src/identity/mechanism.ts";
import { scram } from "../../../src/identity/mechanisms/scram.ts";
import {
  clientFinal,
  clientKeys,
  hash,
  hmac,
  parseServerFirst,
  type ScramDigest,
  scramKeys,
} from "../../../src/identity/scram.ts";
import { createScramAccounts } from "../../../src/identity/scram-accounts.ts";
import { parseClientFirst } from "../../../src/identity/scram-server.ts";

const accounts = createAccounts([
  { name: "alice", password: new Sensitive("wonderland"), groups: ["analysts"] },
  { name: "a=b,c", password: new Sensitive("pässwörd"), groups: [] },
]);
const keyring = createScramAccounts(accounts, 4_096);
const mechanism = scram("sha256", keyring);
const nonce = "clientnonce";

const text = (result: MechanismResult) => ("bytes" in result ? (result.bytes?.toString() ?? "") : "");
const say = (exchange: MechanismExchange, message: string) => exchange.step(Buffer.from(message));

/** What a client that knows `password` says last. */
async function proof(challenge: string, bare: string, password: string, digest: ScramDigest = "sha256") {
  const first = parseServerFirst(challenge, nonce);
  if (typeof first === "string") throw new Error(first);
  const keys = await scramKeys(digest, password, first.salt, first.iterations);
  return clientFinal(digest, clientKeys(digest, keys), bare, challenge, first.nonce);
}

interface Login {
  readonly saslname?: string;
  readonly password?: string;
  readonly gs2?: string;
  readonly extensions?: string;
  /** What the last message is made into. */
  readonly spoilt?: (message: string) => string;
}

async function login({ saslname = "alice", password = "wonderland", gs2 = "n,,", extensions = "", spoilt }: Login) {
  const exchange = mechanism.start();
  const bare = `n=${saslname},r=${nonce}${extensions}`;
  const challenge = await say(exchange, gs2 + bare);
  if (challenge.kind !== "challenge") return challenge;
  const final = await proof(text(challenge), bare, password);
  const message = final.message;
  return say(exchange, spoilt ? spoilt(message) : message);
}

describe("a login", () => {
  test.each(["sha256", "sha512"] as const)(
    "with the right password succeeds and is proved to the client: %s",
    async (digest) => {
      const exchange = scram(digest, keyring).start();
      const bare = `n=alice,r=${nonce}`;
      const challenge = await say(exchange, `n,,${bare}`);
      const final = await proof(text(challenge), bare, "wonderland", digest);
      const result = await say(exchange, final.message);
      expect(result).toEqual({
        kind: "success",
        bytes: Buffer.from(`v=${final.serverSignature.toString("base64")}`),
        identity: {
          principal: "alice",
          groups: ["analysts"],
          mechanism: `scram-sha-${digest.slice(3)}`,
          issuer: null,
          claims: {},
          expiresAt: null,
        },
      });
    },
  );

  test("may have commas and equals signs in its name, and any letters in its password", async () => {
    const result = await login({ saslname: "a=3Db=2Cc", password: "pässwörd" });
    expect(result).toMatchObject({ kind: "success", identity: { principal: "a=b,c" } });
  });

  test("may carry extensions that it does not need", async () => {
    expect((await login({ extensions: ",x=1,foo=bar" })).kind).toBe("success");
  });

  test.each<[string, Login, RegExp]>([
    ["a wrong password", { password: "Wonderland" }, /password is wrong/],
    ["an unknown account", { saslname: "mallory" }, /no such account/],
    ["a name in other letters", { saslname: "Alice" }, /no such account/],
    ["a proof of the wrong length", { spoilt: (it) => it.replace(/p=.*/, "p=AAAA") }, /password is wrong/],
    ["a proof with something after it", { spoilt: (it) => it.replace(/p=(.*)=$/, "p=$1AAAA=") }, /malformed|wrong/],
    ["no proof", { spoilt: (it) => it.replace(/,p=.*/, "") }, /malformed/],
    ["another nonce", { spoilt: (it) => it.replace(/r=[^,]*/, "r=clientnonceother") }, /nonce/],
    ["the client's nonce alone", { spoilt: (it) => it.replace(/r=[^,]*/, `r=${nonce}`) }, /nonce/],
    ["another channel binding", { spoilt: (it) => it.replace("c=biws", "c=eSws") }, /channel binding/],
  ])("fails at its end with %s", async (_name, given, reason) => {
    expect(await login(given)).toMatchObject({ kind: "failure", bytes: null, reason: expect.stringMatching(reason) });
  });

  test.each<[string, Login, RegExp]>([
    ["channel binding", { gs2: "p=tls-unique,," }, /channel binding/],
    ["channel binding that it thinks we lack, as with Kafka", { gs2: "y,," }, /channel binding/],
    ["a delegation token", { extensions: ",tokenauth=true" }, /delegation/],
    ["a mandatory extension", { gs2: "n,,m=x," }, /must not be ignored/],
    ["no name", { saslname: "" }, /malformed/],
    ["a name with a bare equals sign", { saslname: "a=b" }, /malformed/],
  ])("is refused at once when it asks for %s", async (_name, given, reason) => {
    expect(await login(given)).toMatchObject({ kind: "failure", reason: expect.stringMatching(reason) });
  });

  test.each([
    ["alice", "success"],
    ["root", "failure"],
  ])("in the name of %s, with alice's own proof, is a %s", async (authzid, kind) => {
    const [gs2, bare] = [`n,a=${authzid},`, `n=alice,r=${nonce}`];
    const exchange = mechanism.start();
    const challenge = text(await say(exchange, gs2 + bare));
    const first = parseServerFirst(challenge, nonce);
    if (typeof first === "string") throw new Error(first);
    const keys = await scramKeys("sha256", "wonderland", first.salt, first.iterations);
    const withoutProof = `c=${Buffer.from(gs2).toString("base64")},r=${first.nonce}`;
    const signature = hmac("sha256", hash("sha256", keys.client), `${bare},${challenge},${withoutProof}`);
    const right = Buffer.from(keys.client.map((byte, i) => byte ^ (signature[i] ?? 0))).toString("base64");
    const result = await say(exchange, `${withoutProof},p=${right}`);
    expect(result.kind).toBe(kind);
    if (result.kind === "failure") expect(result.reason).toMatch(/authorization id/);
  });

  test("has one try", async () => {
    const exchange = mechanism.start();
    const bare = `n=alice,r=${nonce}`;
    const challenge = await say(exchange, `n,,${bare}`);
    const right = await proof(text(challenge), bare, "wonderland");
    await say(exchange, (await proof(text(challenge), bare, "wrong")).message);
    expect(await say(exchange, right.message)).toMatchObject({ kind: "failure" });
  });

  test("cannot be replayed: the nonce is new each time", async () => {
    const challenges = await Promise.all(
      Array.from({ length: 5 }, () => say(mechanism.start(), `n,,n=alice,r=${nonce}`)),
    );
    expect(new Set(challenges.map(text)).size).toBe(5);
  });
});

describe("what an account that nobody has looks like", () => {
  const challengeFor = async (name: string) => {
    const challenge = text(await say(mechanism.start(), `n,,n=${name},r=${nonce}`));
    return challenge.replace(/r=[^,]*,/, "");
  };

  test("is asked for a proof with a salt that stays the same, of the same form as a real one", async () => {
    const [nobody, again, other, alice] = [
      await challengeFor("nobody"),
      await challengeFor("nobody"),
      await challengeFor("somebody"),
      await challengeFor("alice"),
    ];
    expect(again).toBe(nobody);
    expect(other).not.toBe(nobody);
    expect(nobody).toHaveLength(alice.length);
    expect(await challengeFor("alice")).toBe(alice);
  });

  test("fails in the same words as a wrong password", async () => {
    const [unknown, wrong] = [await login({ saslname: "nobody" }), await login({ password: "no" })];
    expect({ ...unknown, reason: "", claimed: "" }).toEqual({ ...wrong, reason: "", claimed: "" });
  });
});

test("a first message is never misread: name and nonce come out as they went in (property)", () => {
  const printable = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
  });
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), printable, (name, random) => {
      fc.pre(!name.includes("\0"));
      const given = random.replaceAll(",", "+");
      const saslname = name.replaceAll("=", "=3D").replaceAll(",", "=2C");
      const first = parseClientFirst(Buffer.from(`n,,n=${saslname},r=${given}`));
      expect(first).toMatchObject({ username: name, nonce: given, gs2: "n,,", authzid: "" });
    }),
  );
});
