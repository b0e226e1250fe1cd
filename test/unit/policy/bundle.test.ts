// Ready bundles: what we write we read again, and what is not one is refused.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBundle, writeBundle } from "../../../src/policy/bundle.ts";
import { createRegoEngine } from "../../../src/policy/rego-engine.ts";
import { readTarGz, writeTarGz } from "../../../src/policy/tar.ts";
import { compiled, operation, session, someTime } from "./support.ts";

describe("a bundle", () => {
  it("decides as the policy that it was written from, without any compiler", async () => {
    const policy = await compiled("allow if data.open[input.operation.resource.name]", { open: { orders: true } });
    const read = readBundle(writeBundle(policy));
    expect(read).toEqual(policy);
    const engine = createRegoEngine();
    expect(engine.load(read)).toEqual([]);
    const context = { session: session(), now: someTime };
    const asked = [operation("topic.read", "orders"), operation("topic.read", "x")];
    expect(engine.decide(context, asked).map(({ outcome }) => outcome)).toEqual(["allow", "deny"]);
  });

  it("without our metadata runs, but its decisions are not kept", async () => {
    const policy = await compiled("allow if true");
    const files = new Map<string, Uint8Array>([["/policy.wasm", policy.wasm]]);
    const read = readBundle(writeTarGz(files));
    expect(read).toMatchObject({ inputs: null, data: {} });
    expect(read.revision).toMatch(/^[0-9a-f]{16}$/);
    const engine = createRegoEngine();
    engine.load(read);
    expect([engine.revision, engine.caching]).toEqual([read.revision, false]);
  });

  it.each([
    ["no archive", Buffer.from("hello")],
    ["an empty archive", writeTarGz(new Map())],
    [
      "bad data",
      writeTarGz(
        new Map([
          ["policy.wasm", Buffer.from([0])],
          ["data.json", Buffer.from("[1")],
        ]),
      ),
    ],
    [
      "data that is a list",
      writeTarGz(
        new Map([
          ["policy.wasm", Buffer.from([0])],
          ["data.json", Buffer.from("[1]")],
        ]),
      ),
    ],
  ])("that is %s is refused", (_, archive) => {
    expect(() => readBundle(archive)).toThrow(/bundle/);
  });

  it("that unpacks to more than it may is refused", () => {
    const bomb = writeTarGz(new Map([["policy.wasm", Buffer.alloc(4_000_000)]]));
    expect(() => readTarGz(bomb, 1_000_000)).toThrow(/too large/);
  });
});

describe("tar", () => {
  it("reads what it writes", () => {
    const name = fc.stringMatching(/^[a-z]{1,20}(\/[a-z.]{1,20})?$/).filter((text) => !text.startsWith("/"));
    fc.assert(
      fc.property(fc.dictionary(name, fc.uint8Array({ maxLength: 2_000 })), (files) => {
        const entries = new Map(Object.entries(files));
        const read = readTarGz(writeTarGz(entries));
        expect([...read].map(([key, body]) => [key, [...body]])).toEqual(
          [...entries].map(([key, body]) => [key, [...body]]),
        );
      }),
    );
  });
});
