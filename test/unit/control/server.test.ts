// The HTTP API as a caller meets it: who gets in, what is refused before anything runs, and that document and routes say the same.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { createPeople } from "../../../src/approvals/people.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { LockkeeperError } from "../../../src/base/errors.ts";
import { limits } from "../../../src/base/limits.ts";
import { silentLog } from "../../../src/base/log.ts";
import { Sensitive } from "../../../src/base/sensitive.ts";
import { createAuthenticate } from "../../../src/control/authenticate.ts";
import { openApi } from "../../../src/control/openapi.ts";
import { describedRoutes, routesOf } from "../../../src/control/routes/index.ts";
import { type Control, startControl } from "../../../src/control/server.ts";
import { createAccounts } from "../../../src/identity/accounts.ts";
import { createFailureDelay } from "../../../src/identity/failure-delay.ts";
import { plain } from "../../../src/identity/mechanisms/plain.ts";
import type { AheadRequest } from "../../../src/pipeline/ahead.ts";
import { approvalOf, groups, people as names } from "../approvals/fixtures.ts";

const own = approvalOf({ id: "apr_own", principal: "alice" });
const other = approvalOf({ id: "apr_other", principal: "bob" });
const strange = approvalOf({ id: "apr_strange", principal: "bob", requirements: [] });
const asked: { readonly request: AheadRequest; readonly principal: string; readonly reason: string }[] = [];
const votes: [string, unknown][] = [];
const waits: number[] = [];
let control: Control;

beforeAll(async () => {
  control = await startControl({
    bind: { host: "127.0.0.1", port: 0 },
    tls: null,
    requestsMax: limits.controlRequestsMax,
    routes: routesOf({
      health: { live: () => true, report: async () => ({ ready: false, audit: "writable" }) },
      metrics: async () => "lockkeeper_ready 1\n",
      approvals: {
        desk: {
          list: async () => [own, other, strange],
          get: async (id) => [own, other, strange].find((one) => one.id === id) ?? null,
          vote: async (id, ballot) => {
            votes.push([id, ballot]);
            if (id === own.id)
              throw new LockkeeperError("approval-refused", "You cannot decide on a request of your own.");
            return { ...other, state: "approved" };
          },
          cancel: async () => ({ ...own, state: "cancelled" }),
        },
        people: createPeople(groups, names),
        clusters: ["main"],
        ask: async (_cluster, { identity }, request, reason) => {
          asked.push({ request, principal: identity.principal, reason });
          return [
            { operation: "topic.delete", resource: "orders", outcome: "pending", message: "wait", approval: own },
          ];
        },
        grants: () => [{ id: "apr_1", role: "administrator", until: 5 }],
      },
    }),
    authenticate: createAuthenticate({
      tokens: {
        verify: async (token) =>
          token === "good"
            ? {
                ok: true,
                identity: {
                  principal: "carol",
                  groups: ["platform"],
                  mechanism: "oauthbearer",
                  issuer: "i",
                  claims: { email: "Carol@example.com", email_verified: true },
                  expiresAt: null,
                },
              }
            : { ok: false, reason: "no", claimed: null },
      },
      plain: plain(createAccounts([{ name: "alice", password: new Sensitive("open sesame"), groups: [] }])),
      failures: createFailureDelay(systemClock),
      wait: async (ms) => void waits.push(ms),
    }),
    log: silentLog,
    version: "1",
  });
});
afterAll(() => control.close());

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
const alice = basic("alice:open sesame");
const carol = "Bearer good";

interface How {
  readonly as?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function call(method: string, path: string, { as, body, headers = {} }: How = {}) {
  const response = await fetch(`http://${control.address}${path}`, {
    method,
    headers: {
      ...(as !== undefined && { authorization: as }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (isJson ? JSON.parse(text) : {}) as Record<string, unknown>,
  };
}

describe("who gets in", () => {
  it.each([
    ["nobody", undefined],
    ["a wrong password", basic("alice:guess")],
    ["a name that nobody has", basic("mallory:guess")],
    ["a name without a password", basic("alice")],
    ["a NUL in the name", basic("alice\0alice:open sesame")],
    ["a token of nobody", "Bearer bad"],
    ["another scheme", "Digest good"],
    ["half a header", "Bearer"],
  ])("not %s", async (_, as) => {
    const answer = await call("GET", "/v1/approvals", as === undefined ? {} : { as });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain("Bearer");
    expect(answer.text).not.toMatch(/guess|sesame/);
  });

  it("each failure waits longer than the one before", () => {
    expect(waits.length).toBeGreaterThan(2);
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0);
  });

  it("a token's owner and a local account do; health needs neither", async () => {
    expect((await call("GET", "/v1/approvals", { as: carol })).status).toBe(200);
    expect((await call("GET", "/v1/approvals", { as: alice })).status).toBe(200);
    expect(await call("GET", "/health/live")).toMatchObject({ status: 200, json: { live: true } });
    expect(await call("GET", "/health/ready")).toMatchObject({
      status: 503,
      json: { ready: false, audit: "writable" },
    });
  });
});

describe("a foreign page", () => {
  it.each([
    ["another origin", { origin: "https://evil.example" }],
    ["a null origin", { origin: "null" }],
    ["a browser that says so", { "sec-fetch-site": "cross-site" }],
    ["a neighbour site", { "sec-fetch-site": "same-site" }],
  ])("is refused by %s, though the browser adds a password", async (_, headers) => {
    const answer = await call("POST", "/v1/approvals/apr_other/approve", { as: carol, body: {}, headers });
    expect(answer).toMatchObject({ status: 403, json: { error: "request-refused" } });
    expect(votes).toEqual([]);
  });

  it("cannot send a form, and may read nothing", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await call("POST", "/v1/approvals/apr_other/approve", {
      as: carol,
      body: "reason=x",
      headers: form,
    });
    const text = await call("POST", "/v1/approvals/apr_other/approve", {
      as: carol,
      body: "{}",
      headers: { "content-type": "text/plain" },
    });
    expect([answer.status, text.status]).toEqual([415, 400]);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(votes).toEqual([]);
  });
});

describe("approvals", () => {
  it("are shown to who asked and to who may decide, and are not there for others", async () => {
    const list = async (as: string) =>
      ((await call("GET", "/v1/approvals", { as })).json["approvals"] as { id: string }[]).map(({ id }) => id);
    expect(await list(carol)).toEqual(["apr_own", "apr_other"]);
    expect(await list(alice)).toEqual(["apr_own", "apr_other"]);
    expect(await call("GET", "/v1/approvals/apr_strange", { as: carol })).toMatchObject({
      status: 404,
      json: { error: "approval-unknown" },
    });
    expect(await call("POST", "/v1/approvals/apr_strange/cancel", { as: carol, body: {} })).toMatchObject({
      status: 404,
    });
  });

  it("are voted on as the principal that was proved, with the groups and the verified e-mail of the token", async () => {
    const answer = await call("POST", "/v1/approvals/apr_other/approve", { as: carol, body: { reason: "fine" } });
    expect(answer).toMatchObject({ status: 200, json: { state: "approved" } });
    expect(votes.splice(0)).toEqual([
      [
        "apr_other",
        {
          person: "principal:carol",
          name: "carol",
          answer: "approve",
          reason: "fine",
          channel: "http",
          groups: ["platform"],
          email: "carol@example.com",
        },
      ],
    ]);
  });

  it("say why not", async () => {
    const answer = await call("POST", "/v1/approvals/apr_own/deny", { as: alice, body: {} });
    expect(answer).toMatchObject({
      status: 409,
      json: { error: "approval-refused", message: expect.stringContaining("your own") },
    });
  });

  it("break no glass without a reason", async () => {
    expect(await call("POST", "/v1/approvals/apr_other/break-glass", { as: carol, body: {} })).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining("reason") },
    });
  });
});

describe("asking ahead", () => {
  it("is done as the caller, for an action, an API or a role", async () => {
    const bodies = [
      { action: "topic.delete", parameters: { topic: "orders" }, reason: "old" },
      { api: "DeleteGroups", request: { groupsNames: ["g"] }, reason: "old" },
      { role: "administrator", for: "1h", reason: "on call" },
    ];
    for (const body of bodies) {
      expect(await call("POST", "/v1/requests", { as: alice, body })).toMatchObject({
        status: 200,
        json: { operations: [{ outcome: "pending", approval: { id: "apr_own" } }] },
      });
    }
    expect(asked.splice(0)).toEqual([
      {
        request: { kind: "action", action: "topic.delete", parameters: { topic: "orders" } },
        principal: "alice",
        reason: "old",
      },
      {
        request: { kind: "api", api: "DeleteGroups", request: { groupsNames: ["g"] } },
        principal: "alice",
        reason: "old",
      },
      { request: { kind: "role", role: "administrator", forMs: 3_600_000 }, principal: "alice", reason: "on call" },
    ]);
  });

  it.each([
    ["without a reason", { action: "topic.delete", parameters: {} }],
    ["for ever", { role: "administrator", for: "8d", reason: "x" }],
    ["for a principal of one's choice", { role: "administrator", for: "1h", reason: "x", principal: "bob" }],
    ["of another cluster", { cluster: "other", role: "administrator", for: "1h", reason: "x" }],
    ["for nothing", { reason: "x" }],
  ])("is not possible %s", async (_, body) => {
    expect(await call("POST", "/v1/requests", { as: alice, body })).toMatchObject({ status: 400 });
    expect(asked).toEqual([]);
  });

  it("lists the caller's roles for a time", async () => {
    expect((await call("GET", "/v1/grants", { as: alice })).json).toEqual({
      grants: [{ id: "apr_1", role: "administrator", until: 5 }],
    });
  });
});

test("a body beyond the limit, JSON that is none and paths that are not there are refused without a word of what was sent", async () => {
  const large = await call("POST", "/v1/requests", {
    as: alice,
    body: JSON.stringify({ reason: "x".repeat(limits.controlBodyBytesMax) }),
  });
  const broken = await call("POST", "/v1/requests", { as: alice, body: '{"reason": "s3cret' });
  const nowhere = await call("GET", "/v1/nothing", { as: alice });
  expect([large.status, broken.status, nowhere.status]).toEqual([413, 400, 404]);
  expect(broken.text).not.toContain("s3cret");
});

describe("the OpenAPI document", () => {
  it("is served, and has every route and nothing else", async () => {
    const { json } = await call("GET", "/openapi.json");
    const paths = Object.entries(json["paths"] as Record<string, Record<string, unknown>>);
    const said = paths.flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const there = describedRoutes.map(({ method, path }) => `${method} ${path.replace(":id", "{id}")}`);
    expect(said.toSorted()).toEqual(there.toSorted());
    expect(json["openapi"]).toBe("3.1.0");
  });

  it("says of every route but health and metrics that it needs a login, and the server keeps that", async () => {
    for (const { method, path, access } of describedRoutes) {
      const answer = await call(method, path.replace(":id", "apr_own"), method === "POST" ? { body: {} } : {});
      expect([path, answer.status === 401]).toEqual([path, access === "person"]);
    }
  });

  it("is the committed one: else run `node src/control/openapi.ts`", () => {
    const committed: unknown = JSON.parse(
      readFileSync(new URL("../../../deploy/openapi.json", import.meta.url), "utf8"),
    );
    expect(committed).toEqual(openApi(describedRoutes, "1"));
  });
});

test("whoever asks too often is told to wait, and health goes on", async () => {
  const answers = await Promise.all(
    Array.from({ length: limits.controlRequestsMax + 1 }, () => call("GET", "/v1/grants", { as: carol })),
  );
  expect(answers.at(-1)?.status === 429 || answers.some(({ status }) => status === 429)).toBe(true);
  expect((await call("GET", "/health/live")).status).toBe(200);
});
