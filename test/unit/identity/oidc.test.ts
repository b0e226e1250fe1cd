// Which bearer tokens are believed, and which tricks are not. Keys and tokens go over real HTTP.
import { createHmac } from "node:crypto";
import type { JWTHeaderParameters } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { limits } from "../../../src/base/limits.ts";
import { startOidc } from "../../../src/demo/parts/oidc.ts";
import { createOidcVerifier, type OidcIssuer } from "../../../src/identity/providers/oidc.ts";
import { isSafeUrl } from "../../../src/identity/providers/safe-url.ts";
import { startIssuer, type TestIssuer } from "./issuer.ts";

const seconds = () => Math.floor(Date.now() / 1000);
const config = (issuer: string, more: Partial<OidcIssuer> = {}): OidcIssuer => ({
  issuer,
  audience: ["lockkeeper"],
  principal: "sub",
  groups: "groups",
  prefix: "",
  ...more,
});
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer[Symbol.asyncDispose]());

const verifier = (more: Partial<OidcIssuer> = {}) =>
  createOidcVerifier([config(issuer.url, more)], { clock: systemClock, jwksCooldownMs: 0 });

describe("a good token", () => {
  test("gives the identity that its claims say", async () => {
    const exp = seconds() + 300;
    const verdict = await verifier().verify(await issuer.token({ exp }));
    expect(verdict).toMatchObject({
      ok: true,
      identity: {
        principal: "alice",
        groups: ["analysts"],
        mechanism: "oauthbearer",
        issuer: issuer.url,
        expiresAt: exp * 1000,
        claims: { sub: "alice" },
      },
    });
  });

  test("may be meant for several, as long as we are among them", async () => {
    const verdict = await verifier().verify(await issuer.token({ aud: ["other", "lockkeeper"] }));
    expect(verdict.ok).toBe(true);
  });

  test("may be a few seconds beyond its end or before its start: clocks differ", async () => {
    const late = await verifier().verify(await issuer.token({ exp: seconds() - 3 }));
    const early = await verifier().verify(await issuer.token({ nbf: seconds() + 3 }));
    expect([late.ok, early.ok]).toEqual([true, true]);
  });

  test.each(["JWT", "at+jwt", "application/at+jwt"])("may be of type %s", async (typ) => {
    expect((await verifier().verify(await issuer.token({}, { typ }))).ok).toBe(true);
  });
});

describe("a token is refused", () => {
  const skew = limits.clockSkewMs / 1000 + 5;
  test.each<[string, Record<string, unknown>, Partial<JWTHeaderParameters>, RegExp]>([
    ["for another audience", { aud: "other" }, {}, /"aud"/],
    ["without an audience", { aud: undefined }, {}, /"aud"/],
    ["that has expired", { exp: seconds() - skew }, {}, /expired/],
    ["without an end", { exp: undefined }, {}, /"exp"/],
    ["that is not valid yet", { nbf: seconds() + skew + 30 }, {}, /"nbf"/],
    ["of an unknown key", {}, { kid: "nobody's" }, /no key with the token's key id/],
    ["of a type that is no access token", {}, { typ: "logout+jwt" }, /type/],
    ["that is bound to a key (DPoP)", { cnf: { jkt: "x" } }, {}, /bound to a key/],
    ["whose principal is missing", { sub: undefined }, {}, /no claim "sub"/],
    ["whose principal would write lines into logs", { sub: "alice\nroot" }, {}, /not a usable name/],
    ["whose groups are no list of names", { groups: [1, 2] }, {}, /"groups"/],
    ["of an issuer that is not configured", { iss: "http://127.0.0.1:1" }, {}, /issuer is not configured/],
  ])("%s", async (_name, claims, header, reason) => {
    const verdict = await verifier().verify(await issuer.token(claims, header));
    expect(verdict).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
  });

  test("that is signed by nobody (alg none)", async () => {
    const [, payload] = (await issuer.token()).split(".");
    for (const alg of ["none", "None", "NONE"]) {
      const verdict = await verifier().verify(`${base64({ alg })}.${payload}.`);
      expect(verdict.ok).toBe(false);
    }
  });

  test("that is signed with the public key as a shared secret (HS256)", async () => {
    const [header, payload] = (await issuer.token()).split(".");
    const { kid }: { kid: string } = JSON.parse(Buffer.from(header ?? "", "base64url").toString());
    const signed = `${base64({ alg: "HS256", kid })}.${payload}`;
    const mac = createHmac("sha256", await issuer.publicKeyPem())
      .update(signed)
      .digest("base64url");
    expect(await verifier().verify(`${signed}.${mac}`)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/algorithm/),
    });
  });

  test("whose claims were changed after signing", async () => {
    const [header, , signature] = (await issuer.token()).split(".");
    const forged = base64({ iss: issuer.url, aud: "lockkeeper", sub: "root", exp: seconds() + 600 });
    const verdict = await verifier().verify(`${header}.${forged}.${signature}`);
    expect(verdict).toEqual({ ok: false, reason: "the token's signature is wrong", claimed: "root" });
  });

  test("that says the same claim twice, unless both readings are the issuer's own", async () => {
    // The last one counts in every reader here, so the issuer that is chosen is the issuer that must have signed.
    const [header, , signature] = (await issuer.token()).split(".");
    const twice = Buffer.from(
      `{"iss":"${issuer.url}","sub":"alice","sub":"root","aud":"lockkeeper","exp":${seconds() + 600}}`,
    ).toString("base64url");
    expect(await verifier().verify(`${header}.${twice}.${signature}`)).toMatchObject({ ok: false, claimed: "root" });
  });

  test("that is larger than the limit, without being read", async () => {
    const huge = await issuer.token({ groups: Array.from({ length: 20_000 }, (_, i) => `group-${i}`) });
    expect(await verifier().verify(huge)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/larger/),
      claimed: null,
    });
  });

  test.each(["", ".", "..", "a.b.c", "not a token", `${base64({ alg: "ES256" })}.W10.`, "💥.💥.💥"])(
    "that is no token: %j",
    async (token) => {
      expect((await verifier().verify(token)).ok).toBe(false);
    },
  );

  test("and its reason holds no part of it", async () => {
    const token = await issuer.token({ aud: "secret-audience" });
    const verdict = await verifier().verify(token);
    const text = JSON.stringify(verdict);
    expect(text).not.toContain("secret-audience");
    for (const part of token.split(".")) expect(text).not.toContain(part);
  });
});

describe("several issuers", () => {
  test("each vouches for its own tokens only", async () => {
    await using other = await startIssuer();
    const both = createOidcVerifier([config(issuer.url), config(other.url, { prefix: "partner:" })], {
      clock: systemClock,
    });
    const own = await both.verify(await other.token());
    const posing = await both.verify(await other.token({ iss: issuer.url }));
    expect(own).toMatchObject({ ok: true, identity: { principal: "partner:alice", issuer: other.url } });
    expect(posing).toMatchObject({ ok: false });
  });
});

describe("keys", () => {
  test("an unknown key id is looked for again, but not more often than the cooldown allows", async () => {
    await using own = await startIssuer();
    const patient = createOidcVerifier([config(own.url)], { clock: systemClock, jwksCooldownMs: 60_000 });
    await patient.verify(await own.token());
    for (let i = 0; i < 20; i++) await patient.verify(await own.token({}, { kid: `guess-${i}` }));
    expect(own.keySetReads()).toBe(1);
  });

  test("rotated keys are found, and the old ones no longer count", async () => {
    await using own = await startIssuer();
    const eager = createOidcVerifier([config(own.url)], { clock: systemClock, jwksCooldownMs: 0 });
    const old = await own.token();
    const before = await eager.verify(old);
    await own.rotate();
    const renewed = await eager.verify(await own.token());
    const after = await eager.verify(old);
    expect([before.ok, renewed.ok, after.ok]).toEqual([true, true, false]);
  });
});

describe("a provider that is away", () => {
  test("is a reason, not an exception, and is asked again after a pause", async () => {
    await using own = await startIssuer();
    let now = 0;
    const clock = { ...systemClock, monotonic: () => now };
    const late = createOidcVerifier([config(own.url)], { clock });
    const token = await own.token();
    own.down = true;
    expect(await late.warm()).toEqual([expect.stringMatching(/cannot be asked/)]);
    expect(await late.verify(token)).toMatchObject({ ok: false, reason: expect.stringMatching(/cannot be asked/) });
    own.down = false;
    const soon = await late.verify(token);
    now += limits.oidcRetryMs;
    const later = await late.verify(token);
    expect([soon.ok, later.ok]).toEqual([false, true]);
  });

  test("whose metadata name another issuer is not believed", async () => {
    await using own = await startIssuer();
    own.metadata = { issuer: "https://somebody.example" };
    const verdict = await createOidcVerifier([config(own.url)], { clock: systemClock }).verify(await own.token());
    expect(verdict).toMatchObject({ ok: false, reason: expect.stringMatching(/cannot be asked/) });
  });

  test("whose key set is elsewhere on plain HTTP is not believed", async () => {
    await using own = await startIssuer();
    own.metadata = { jwks_uri: "http://keys.example/jwks" };
    const verdict = await createOidcVerifier([config(own.url)], { clock: systemClock }).verify(await own.token());
    expect(verdict).toMatchObject({ ok: false, reason: expect.stringMatching(/not on https/) });
  });

  test.each([
    ["https://idp.example", true],
    ["http://localhost:1", true],
    ["http://127.0.0.1:1", true],
    ["http://[::1]:1", true],
    ["http://idp.example", false],
    ["http://127.0.0.1.evil.example", false],
    ["http://localhost.evil.example", false],
    ["ftp://127.0.0.1", false],
  ])("%s may be asked: %s", (url, safe) => {
    expect(isSafeUrl(new URL(url))).toBe(safe);
  });
});

describe("a real provider (oidc-provider)", () => {
  test("issues tokens that are accepted, also after it rotated its keys", async () => {
    const real = await startOidc({ users: [{ name: "alice", groups: ["analysts"] }] });
    try {
      const issuers = [config(real.issuer, { principal: "preferred_username" })];
      const verify = createOidcVerifier(issuers, { clock: systemClock, jwksCooldownMs: 0 });
      const first = await verify.verify(await real.tokenFor("alice"));
      await real.rotateKeys();
      const second = await verify.verify(await real.tokenFor("carol", ["platform", "kafka"]));
      expect(first).toMatchObject({ ok: true, identity: { principal: "alice", groups: ["analysts"] } });
      expect(second).toMatchObject({ ok: true, identity: { principal: "carol", groups: ["platform", "kafka"] } });
    } finally {
      await real.stop();
    }
  });
});
