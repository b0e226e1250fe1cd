// The gateway's own login: SCRAM against the RFCs' examples and against a server written from the RFC, and which credential is used.
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Sensitive } from "../../../src/base/sensitive.ts";
import {
  type BrokerLogin,
  chooseLogin,
  createLoginClient,
  type LoginConversation,
} from "../../../src/identity/broker-login.ts";
import type { LoginClient } from "../../../src/protocols/protocol.ts";

type ScramName = "scram-sha-256" | "scram-sha-512";
const account = (mechanism: ScramName | "plain", username: string, password: string): BrokerLogin => ({
  mechanism,
  username,
  password: new Sensitive(password),
});
const client = (login: BrokerLogin, nonce?: string): LoginConversation => {
  const made = createLoginClient(login, nonce);
  if (made === null) throw new Error("no client");
  return made;
};

/** The server's side of RFC 5802, for one user. Says `v=` only when the proof is right. */
function server(mechanism: ScramName, password: string, iterations = 4096) {
  const digest = mechanism === "scram-sha-256" ? "sha256" : "sha512";
  const hmac = (key: Buffer, text: string | Buffer) => createHmac(digest, key).update(text).digest();
  const salt = Buffer.from("a salt of our own");
  const salted = pbkdf2Sync(password, salt, iterations, digest === "sha256" ? 32 : 64, digest);
  let signed = "";
  return {
    first(clientFirst: Buffer): Buffer {
      const bare = clientFirst.toString().slice("n,,".length);
      const answer = `r=${bare.split(",r=")[1]}SERVER,s=${salt.toString("base64")},i=${iterations}`;
      signed = `${bare},${answer}`;
      return Buffer.from(answer);
    },
    final(clientFinal: Buffer): Buffer {
      const [withoutProof = "", proof = ""] = clientFinal.toString().split(",p=");
      const all = `${signed},${withoutProof}`;
      const stored = createHash(digest).update(hmac(salted, "Client Key")).digest();
      const signature = hmac(stored, all);
      const key = Buffer.from(proof, "base64").map((byte, i) => byte ^ (signature[i] ?? 0));
      if (!createHash(digest).update(key).digest().equals(stored)) return Buffer.from("e=invalid-proof");
      return Buffer.from(`v=${hmac(hmac(salted, "Server Key"), all).toString("base64")}`);
    },
  };
}

const sent = (bytes: Buffer | null): Buffer => bytes ?? Buffer.alloc(0);

async function converse(login: BrokerLogin, other: ReturnType<typeof server>): Promise<Buffer | null> {
  const us = client(login);
  const first = other.first(sent(await us.step(null)));
  return us.step(other.final(sent(await us.step(first))));
}

describe("SCRAM", () => {
  test("speaks the conversation of RFC 7677, §3", async () => {
    const us = client(account("scram-sha-256", "user", "pencil"), "rOprNGfwEbeRWgbNEkqO");
    const serverFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const first = await us.step(null);
    const final = await us.step(Buffer.from(serverFirst));
    const end = await us.step(Buffer.from("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    expect([first, final].map(String)).toEqual([
      "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    ]);
    expect(end).toBeNull();
  });

  test.each(["scram-sha-256", "scram-sha-512"] as const)(
    "%s logs in where the password is right, again and again",
    async (name) => {
      const login = account(name, "a,b=c", "pässwörd ﬁ");
      const ends = [
        await converse(login, server(name, "pässwörd ﬁ")),
        await converse(login, server(name, "pässwörd ﬁ")),
      ];
      expect(ends).toEqual([null, null]);
    },
  );

  test("remembered keys do not outlive a change of the broker's salting", async () => {
    const login = account("scram-sha-256", "u", "p");
    await converse(login, server("scram-sha-256", "p", 4096));
    expect(await converse(login, server("scram-sha-256", "p", 8192))).toBeNull();
  });

  test("escapes commas and equals signs of the name", async () => {
    const first = await client(account("scram-sha-512", "a,b=c", "x"), "N").step(null);
    expect(String(first)).toBe("n,,n=a=2Cb=3Dc,r=N");
  });

  test("a wrong password is a failed login", async () => {
    const login = converse(account("scram-sha-512", "u", "wrong"), server("scram-sha-512", "right"));
    await expect(login).rejects.toMatchObject({ code: "broker-login-failed" });
  });

  test("a server that cannot prove that it knows the password is not believed", async () => {
    const other = server("scram-sha-256", "p");
    const impostor = { ...other, final: () => Buffer.from(`v=${Buffer.alloc(32).toString("base64")}`) };
    await expect(converse(account("scram-sha-256", "u", "p"), impostor)).rejects.toThrow(/did not prove/);
  });

  test.each(["", "v=", "v=AAAA", "v=!!!!", "ok"])("a last message of %j proves nothing", async (text) => {
    const other = { ...server("scram-sha-256", "p"), final: () => Buffer.from(text) };
    await expect(converse(account("scram-sha-256", "u", "p"), other)).rejects.toMatchObject({
      code: "broker-login-failed",
    });
  });

  test.each([
    ["a nonce that is not ours", "r=OTHERabc,s=c2FsdA==,i=4096", /nonce/],
    ["a nonce that adds nothing", "r=N,s=c2FsdA==,i=4096", /nonce/],
    ["too few iterations", "r=NS,s=c2FsdA==,i=1", /fewer/],
    ["iterations that would stall us", "r=NS,s=c2FsdA==,i=99999999", /more/],
    ["iterations that are no number", "r=NS,s=c2FsdA==,i=4096x", /malformed/],
    ["no salt", "r=NS,s=,i=4096", /malformed/],
    ["an extension that must be understood", "m=ext,r=NS,s=c2FsdA==,i=4096", /malformed/],
    ["nothing", "", /malformed/],
  ])("a first message with %s is refused", async (_name, text, reason) => {
    const us = client(account("scram-sha-256", "u", "p"), "N");
    await us.step(null);
    await expect(us.step(Buffer.from(text))).rejects.toThrow(reason);
  });

  test("goes on after nothing that went wrong", async () => {
    const us = client(account("scram-sha-256", "u", "p"), "N");
    await us.step(null);
    await expect(us.step(Buffer.from("e=other-error"))).rejects.toThrow(/refused/);
    await expect(us.step(null)).rejects.toThrow(/out of step/);
  });

  test("neither an error nor the client shows the password, whatever the broker says (property)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 80 }), async (text) => {
        const us = client(account("scram-sha-256", "u", "hunter2-secret"), "N");
        await us.step(null);
        const error: unknown = await us.step(Buffer.from(text)).then(String, (reason: unknown) => reason);
        expect(inspect([us, error], { depth: 9 })).not.toContain("hunter2-secret");
      }),
    );
  });
});

test("PLAIN says name and password once, and nothing after the broker's empty answer", async () => {
  const us = client(account("plain", "proxy", "secret"));
  expect([us.mechanism, String(await us.step(null)), await us.step(Buffer.alloc(0))]).toEqual([
    "PLAIN",
    "\0proxy\0secret",
    null,
  ]);
});

test("a cluster without a login gets none", () => {
  expect(createLoginClient({ mechanism: "none" })).toBeNull();
});

test("a conversation is what the protocols ask for", () => {
  const asLoginClient: LoginClient = client(account("scram-sha-512", "u", "p"));
  expect(asLoginClient.mechanism).toBe("SCRAM-SHA-512");
});

const caller = (groups: string[]) => ({
  principal: "p",
  groups,
  mechanism: "plain",
  issuer: null,
  claims: {},
  expiresAt: null,
});

describe("the choice of a login", () => {
  const login = account("plain", "everybody", "x");
  const billing = account("plain", "billing", "x");
  const audit = account("plain", "audit", "x");
  const cluster = {
    login,
    logins: [
      { match: { groups: ["billing", "finance"] }, login: billing },
      { match: { groups: ["audit"] }, login: audit },
    ],
  };
  test.each([
    ["no group that is named", ["staff"], login],
    ["a group of the second rule", ["staff", "audit"], audit],
    ["groups of both rules: the first counts", ["audit", "finance"], billing],
  ])("%s", (_name, groups, expected) => {
    expect(chooseLogin(cluster, caller(groups))).toBe(expected);
  });

  test("is the cluster's own for the gateway itself", () => {
    expect(chooseLogin(cluster, null)).toBe(login);
  });
});
