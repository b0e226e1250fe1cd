// How many logins of one address are looked at at once.
import { describe, expect, test } from "vitest";
import { createFailureDelay } from "../../../src/identity/failure-delay.ts";
import { createLoginGate, type Leave } from "../../../src/identity/login-gate.ts";
import { manualClock } from "../../support/manual-clock.ts";

const here = new AbortController().signal;

function letIn(it: unknown): Leave {
  if (typeof it !== "function") throw new Error("has to wait");
  return it as Leave;
}

describe("attempts of one address", () => {
  test("are let in at once, up to a bound, and each address for itself", () => {
    const gate = createLoginGate(2);
    expect(["a", "a", "b"].map((address) => typeof gate.enter(address, here))).toEqual([
      "function",
      "function",
      "function",
    ]);
    expect(gate.enter("a", here)).toBeInstanceOf(Promise);
  });

  test("beyond it wait their turn, in order", async () => {
    const gate = createLoginGate(1);
    const order: string[] = [];
    const first = letIn(gate.enter("a", here));
    const [second, third] = ["second", "third"].map(async (name) => {
      const leave = await gate.enter("a", here);
      order.push(name);
      return leave;
    });
    first();
    const leave = await second;
    expect(order).toEqual(["second"]);
    leave?.();
    await third;
    expect(order).toEqual(["second", "third"]);
  });

  test("that wait leave the line when their client goes", async () => {
    const gate = createLoginGate(1);
    const leave = letIn(gate.enter("a", here));
    const client = new AbortController();
    const gone = gate.enter("a", client.signal);
    const stays = gate.enter("a", here);
    client.abort();
    expect(await gone).toBeNull();
    leave();
    expect(await stays).toBeTypeOf("function");
  });

  test("of a client that has gone are not let in", () => {
    expect(createLoginGate(1).enter("a", AbortSignal.abort())).toBeNull();
  });

  test("have their place back when all have left", () => {
    const gate = createLoginGate(2);
    for (let round = 0; round < 5; round++) {
      const leaves = [1, 2].map(() => letIn(gate.enter("a", here)));
      for (const leave of leaves) leave();
    }
    expect(gate.enter("a", here)).toBeTypeOf("function");
  });
});

describe("one address that guesses without a pause", () => {
  // as login-path.ts does it: looked at, its answer delayed, and only then the next one's turn
  test.each([
    [1, 0.2],
    [100, 6.4],
    [2_000, 6.4],
  ])("over %i connections is answered %d times a second", async (connections, rate) => {
    const [clock, gate] = [manualClock(), createLoginGate()];
    const delay = createFailureDelay(clock);
    let guesses = 0;
    const guess = async (): Promise<void> => {
      const leave = await gate.enter("a", here);
      guesses++;
      await new Promise<void>((resolve) => clock.after(delay.failed("a"), resolve));
      leave?.();
      void guess();
    };
    for (let each = 0; each < connections; each++) void guess();
    const minutes = 10;
    for (let second = 0; second < minutes * 60; second++) {
      clock.advance(1_000);
      await new Promise(setImmediate);
    }
    expect(guesses / (minutes * 60)).toBeCloseTo(rate, 1);
  });
});
