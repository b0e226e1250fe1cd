// What every login mechanism owes the path, run over all of them: no exception, no way in by noise, no second chance.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Sensitive } from "../../src/base/sensitive.ts";
import { createAccounts } from "../../src/identity/accounts.ts";
import {
  createMechanisms,
  type MechanismParts,
  mechanismNames,
  mechanisms,
} from "../../src/identity/mechanisms/index.ts";
import { createScramAccounts } from "../../src/identity/scram-accounts.ts";

const accounts = createAccounts([{ name: "alice", password: new Sensitive("wonderland"), groups: [] }]);
const parts: MechanismParts = {
  accounts,
  scram: createScramAccounts(accounts),
  tokens: { verify: async () => ({ ok: false, reason: "no token is good here", claimed: null }) },
};

describe.each(mechanisms.map((entry) => [entry.name, entry] as const))("%s", (name, entry) => {
  test("is called by its SASL name, which is its own name in capitals", () => {
    const mechanism = entry.create(parts);
    expect(mechanism.name).toBe(name.toUpperCase());
  });

  test("lets nobody in for noise, however long it goes on, and never throws (property)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 }),
        async (messages) => {
          const exchange = entry.create(parts).start();
          for (const message of messages) expect((await exchange.step(Buffer.from(message))).kind).not.toBe("success");
        },
      ),
    );
  });

  test("ends in a failure within a few messages when nothing it hears is right", async () => {
    const exchange = entry.create(parts).start();
    const kinds: string[] = [];
    for (let i = 0; i < 4; i++) kinds.push((await exchange.step(Buffer.alloc(0))).kind);
    expect(kinds.at(-1)).toBe("failure");
  });

  test("keeps exchanges apart: one that failed spoils no other", async () => {
    const mechanism = entry.create(parts);
    const [failed, fresh] = [mechanism.start(), mechanism.start()];
    for (let i = 0; i < 3; i++) await failed.step(Buffer.alloc(0));
    const [first, again] = [await fresh.step(Buffer.alloc(0)), await mechanism.start().step(Buffer.alloc(0))];
    expect(first).toEqual(again);
  });
});

test("a listener's mechanisms come by their SASL names, in its order", () => {
  const names = [...mechanismNames].toReversed();
  expect([...createMechanisms(names, parts).keys()]).toEqual(names.map((name) => name.toUpperCase()));
});
