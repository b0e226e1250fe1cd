import { expect, it } from "vitest";
import { freePortRange, freePorts, isListening } from "../../../src/demo/parts/ports.ts";

it("gives different ports on which nobody listens", async () => {
  const ports = await freePorts(20);
  const taken = await Promise.all(ports.map(isListening));
  expect(new Set(ports).size).toBe(20);
  expect(taken).not.toContain(true);
});

it("gives ranges below those that outgoing connections take", async () => {
  const first = await freePortRange(10);
  expect(first + 10).toBeLessThan(32_768);
  expect(await Promise.all(Array.from({ length: 10 }, (_, i) => isListening(first + i)))).not.toContain(true);
});
