// The memory that threads mask into: who holds it, for how long, and what of it anybody gets to see.
import { describe, expect, it } from "vitest";
import { isPooled, release } from "../../../../src/base/chunks.ts";
import { limits } from "../../../../src/base/limits.ts";
import type { ToWorker } from "../../../../src/pipeline/records/worker-protocol.ts";
import type { GuardedBatch } from "../../../../src/protocols/record-guard.ts";
import { threadInTest } from "../../../support/mask-threads.ts";
import { toolsInTest } from "../../../support/records.ts";
import { readAll } from "../../protocols/kafka/records/fixtures.ts";
import { guards, much, starring, task, values } from "./guards-in-test.ts";

describe("memory that threads mask into", () => {
  const long = "x".repeat(20_000);
  /** As much as is worth holding memory for. */
  const answer = (mark: string) =>
    Array.from({ length: 4 }, (_, index) => task(`${mark}${index}${long}`, { identity: null, workBytes: much }));
  /** Puts an end to what it read, and lets the rest be seen. */
  const ending = toolsInTest(() => ({ value }) => ({ value: Buffer.from(`${Buffer.from(value ?? []).toString()}!`) }));
  const bytesOf = (batches: readonly GuardedBatch[]) =>
    batches.map((batch) => (batch.kind === "edited" ? batch.bytes : Buffer.alloc(0)));

  it("holds what one job became in a row, until all of it was released, and then the next", async () => {
    const { guard } = guards({ tools: ending });
    const first = bytesOf(await guard.guard(answer("a")));
    expect(first.every(isPooled)).toBe(true);
    for (const [index, bytes] of first.entries()) {
      const before = first[index - 1];
      if (before) expect(bytes.byteOffset).toBe(before.byteOffset + before.length);
    }
    const [kept, ...others] = first;
    for (const bytes of others) release(bytes);
    const second = bytesOf(await guard.guard(answer("b")));
    expect(second[0]?.buffer).not.toBe(kept?.buffer);
    expect(readAll(kept ?? Buffer.alloc(0))).toMatchObject([{ value: `a0${long}!` }]);
    release(kept ?? Buffer.alloc(0));
    const third = bytesOf(await guard.guard(answer("c")));
    expect(third[0]?.buffer).toBe(kept?.buffer);
  });

  it("shows nothing of what was in it before: what comes back ends where it ends", async () => {
    const { guard } = guards({ tools: starring().tools });
    const big = toolsInTest(() => () => ({ value: Buffer.from(`SECRET${long}`) }));
    const { guard: other } = guards({ tools: big });
    for (const each of [other, guard]) {
      for (let round = 0; round < 3; round++) {
        const results = await each.guard(answer("SECRET"));
        const shown = bytesOf(results);
        expect(shown.every((bytes) => bytes.includes("SECRET") === (each === other))).toBe(true);
        for (const bytes of shown) release(bytes);
      }
    }
  });

  it("is not held for a little", async () => {
    const { guard } = guards(starring());
    expect(bytesOf(await guard.guard(answer("a"))).some(isPooled)).toBe(false);
  });

  it("is used up at last, and then every batch has memory of its own", async () => {
    const { guard } = guards({ tools: ending, queueBytesMax: 64 << 20 });
    const held: Buffer[] = [];
    for (let count = 0; count < limits.maskSlabsMax; count++) held.push(...bytesOf(await guard.guard(answer("h"))));
    expect(held.every(isPooled)).toBe(true);
    const more = bytesOf(await guard.guard(answer("m")));
    expect(more.some(isPooled)).toBe(false);
    expect(values(more.map((bytes) => ({ kind: "edited", bytes })))).toEqual(
      [0, 1, 2, 3].map((at) => [`m${at}${long}!`]),
    );
    for (const bytes of held) release(bytes);
    expect(bytesOf(await guard.guard(answer("n"))).every(isPooled)).toBe(true);
  });

  it("is copied for what is kept, and for those who wait for the same batch", async () => {
    const { guard } = guards({ tools: ending });
    const same = () => [0, 1, 2, 3].map((at) => task(`s${at}${long}`, { workBytes: much }));
    const readers = await Promise.all([guard.guard(same()), guard.guard(same())]);
    const later = await guard.guard(same());
    const [first = [], ...others] = [...readers, later].map(bytesOf);
    expect(first.every(isPooled)).toBe(true);
    for (const bytes of first) {
      bytes.fill(0);
      release(bytes);
    }
    for (const each of others) {
      expect(each.some(isPooled)).toBe(false);
      expect(each.flatMap((bytes) => readAll(bytes).map(({ value }) => value))).toEqual(
        [0, 1, 2, 3].map((at) => `s${at}${long}!`),
      );
    }
  });

  it("is not looked at any more when one of several jobs had no room", async () => {
    const { guard, workers } = guards({ tools: ending, queueBytesMax: 2.2 * limits.maskJobBytesMax });
    const part = "y".repeat(limits.maskJobBytesMax - 1_000);
    const batches = [0, 1, 2].map((at) => task(`${at}${part}`, { identity: null, workBytes: much }));
    await expect(Promise.resolve(guard.guard(batches))).rejects.toMatchObject({ code: "overloaded" });
    expect(workers.queuedBytes).toBe(0);
  });

  it("goes over to the thread where a job is too large for it, and is not copied on the way", async () => {
    const { tools } = starring();
    const given: unknown[] = [];
    const { guard } = guards({
      tools,
      queueBytesMax: 64 << 20,
      start() {
        const worker = threadInTest(() => tools);
        const post = worker.postMessage.bind(worker);
        worker.postMessage = (message, transfer) => {
          if ((message as ToWorker).kind === "job") given.push(transfer);
          post(message, transfer as ArrayBuffer[]);
        };
        return worker;
      },
    });
    const large = task("z".repeat(limits.maskJobBytesMax), { workBytes: much });
    expect(values(await guard.guard([large]))).toEqual([["***"]]);
    expect(values(await guard.guard([task("small", { workBytes: much })]))).toEqual([["***"]]);
    expect(given).toEqual([[expect.any(ArrayBuffer)], []]);
  });
});
