// How many logins of one address are looked at at once.
import { describe, expect, test } from "vitest";
import { createLoginGate, type Leave } from "../../../src/identity/login-gate.ts";

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
