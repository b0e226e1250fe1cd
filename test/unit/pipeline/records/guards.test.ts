// Where batches are masked: from the cache, on the event loop, or on a thread; and what becomes of those that cannot be.
import type { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { isPooled, release } from "../../../../src/base/chunks.ts";
import { LockkeeperError } from "../../../../src/base/errors.ts";
import { limits } from "../../../../src/base/limits.ts";
import { allOf } from "../../../../src/base/maybe.ts";
import { NotReady, type RewriteRecord } from "../../../../src/model/record.ts";
import { BatchCache } from "../../../../src/pipeline/records/batch-cache.ts";
import { BatchWorkers } from "../../../../src/pipeline/records/batch-workers.ts";
import type { GuardTools } from "../../../../src/pipeline/records/guard-batch.ts";
import { RecordGuards } from "../../../../src/pipeline/records/record-guards.ts";
import { buildBatch } from "../../../../src/protocols/kafka/records/build.ts";
import type { BatchTask, GuardCounts, GuardedBatch } from "../../../../src/protocols/record-guard.ts";
import { threadInTest } from "../../../support/mask-threads.ts";
import { maskRule } from "../../../support/masking.ts";
import { toolsInTest } from "../../../support/records.ts";
import { readAll } from "../../protocols/kafka/records/fixtures.ts";

const rules = { cluster: "main", masks: [maskRule("$")], filters: [] };
const much = limits.maskInlineBytesMax + 1;

function task(text: string, over: Partial<BatchTask> = {}): BatchTask {
  return { bytes: buildBatch({ records: [{ value: Buffer.from(text) }] }), identity: text, workBytes: 1, ...over };
}

/** Stars every value, and counts how often it was asked. */
function starring() {
  const calls: string[] = [];
  const tools = toolsInTest((counts: GuardCounts): RewriteRecord => {
    return ({ value }) => {
      calls.push(Buffer.from(value ?? []).toString());
      counts.masked["m"] = (counts.masked["m"] ?? 0) + 1;
      return { value: Buffer.from("***") };
    };
  });
  return { calls, tools };
}

interface Setup {
  readonly tools: GuardTools;
  readonly cacheBytes?: number;
  readonly queueBytesMax?: number;
  readonly workersMax?: number;
  readonly start?: () => Worker;
  readonly answer?: (question: unknown) => Promise<unknown>;
}

function guards({ tools, cacheBytes = 1 << 20, queueBytesMax = 1 << 20, workersMax = 1, ...over }: Setup) {
  const deaths: string[] = [];
  const started: Worker[] = [];
  const workers = new BatchWorkers({
    workersMax,
    queueBytesMax,
    start() {
      const worker = over.start?.() ?? threadInTest(() => tools);
      started.push(worker);
      return worker;
    },
    answer: over.answer ?? (() => Promise.resolve(null)),
    died: (reason) => deaths.push(reason),
  });
  onTestFinished(() => workers.close());
  const cache = new BatchCache(cacheBytes);
  const made = new RecordGuards({ tools, cache, workers });
  const guard = made.guard(rules, "orders");
  if (guard === null) throw new Error("no guard");
  return { guard, made, cache, workers, started, deaths };
}

const values = (batches: readonly { kind: string; bytes?: Buffer }[]) =>
  batches.map((batch) => (batch.bytes ? readAll(batch.bytes).map(({ value }) => value) : batch.kind));

describe("records under rules", () => {
  it("have no guard where there is no rule", () => {
    const { made } = guards(starring());
    expect(made.guard({ cluster: "main", masks: [], filters: [] }, "orders")).toBeNull();
  });

  it("are masked at once where it is little, and no thread is started", () => {
    const { guard, started } = guards(starring());
    const result = guard.guard([task("a"), task("b")]);
    expect(result).not.toBeInstanceOf(Promise);
    expect(values(result as never)).toEqual([["***"], ["***"]]);
    expect(started).toEqual([]);
  });

  it("are masked on a thread where it is much, in the order in which they came", async () => {
    const { guard, started } = guards(starring());
    const result = await guard.guard([task("a", { workBytes: much }), task("b"), task("c", { workBytes: much })]);
    expect(values(result)).toEqual([["***"], ["***"], ["***"]]);
    expect(result.map(({ counts }) => counts.masked)).toEqual([{ m: 1 }, { m: 1 }, { m: 1 }]);
    expect(started).toHaveLength(1);
  });

  it("are masked on a thread once the loop has done its share of this turn", async () => {
    const { guard, started } = guards(starring());
    const share = limits.maskInlineBytesMax;
    const turns = limits.maskTurnBytesMax / share;
    for (let turn = 0; turn < turns; turn++) await guard.guard([task(`t${turn}`, { workBytes: share })]);
    expect(started).toHaveLength(0);
    await guard.guard([task("late", { workBytes: share })]);
    expect(started).toHaveLength(1);
    await new Promise(setImmediate);
    expect(guard.guard([task("next turn", { workBytes: share })])).not.toBeInstanceOf(Promise);
  });

  it("cost one masking for ten readers, also for those that come while it is done", async () => {
    const { tools, calls } = starring();
    const { guard, made } = guards({ tools });
    const readers = Array.from({ length: 5 }, () => guard.guard([task("a", { workBytes: much })]));
    const results = [...(await allOf(readers))];
    const later = Array.from({ length: 5 }, () => made.guard({ ...rules, masks: [...rules.masks] }, "orders"));
    for (const reader of later) results.push(await (reader?.guard([task("a", { workBytes: much })]) ?? []));
    expect(calls).toEqual(["a"]);
    expect(results.map((result) => result[0]?.counts.masked)).toEqual(Array.from({ length: 10 }, () => ({ m: 1 })));
  });

  it("are masked anew for another topic, other rules, other content, and where nobody will ask again", async () => {
    const { tools, calls } = starring();
    const { guard, made } = guards({ tools });
    await guard.guard([task("a")]);
    await made.guard(rules, "payments")?.guard([task("a")]);
    await made.guard({ ...rules, cluster: "other" }, "orders")?.guard([task("a")]);
    await made.guard({ ...rules, masks: [maskRule("$.b")] }, "orders")?.guard([task("a")]);
    await guard.guard([task("a", { identity: "a2" })]);
    await guard.guard([task("a", { identity: null })]);
    await guard.guard([task("a", { identity: null })]);
    await guard.guard([task("a")]);
    expect(calls).toHaveLength(7);
  });

  it("are kept in so many bytes and no more, those that were used last", async () => {
    const { tools, calls } = starring();
    const { guard, cache } = guards({ tools, cacheBytes: 1_500 });
    for (const name of ["a", "b", "a", "c", "a", "b"]) await guard.guard([task(name)]);
    expect(calls).toEqual(["a", "b", "c", "b"]);
    expect(cache.bytes).toBeLessThanOrEqual(1_500);
  });
});

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
});

describe("what is not ready", () => {
  /** Needs what `ask` gets, as a format needs a schema. */
  const needing = (ask: () => Promise<unknown>, rounds = 1): GuardTools => {
    let got = 0;
    return toolsInTest(() => () => {
      if (got < rounds)
        throw new NotReady(
          "a schema",
          ask().then(() => void got++),
        );
      return { value: Buffer.from("***") };
    });
  };

  it("is waited for on the event loop", async () => {
    const { guard } = guards({ tools: needing(() => Promise.resolve()) });
    expect(values(await guard.guard([task("a"), task("b")]))).toEqual([["***"], ["***"]]);
  });

  it("is asked of the event loop by a thread", async () => {
    const asked: unknown[] = [];
    const { guard } = guards({
      tools: starring().tools,
      start: () => threadInTest((ask) => needing(() => ask({ schema: 7 }))),
      answer: async (question) => void asked.push(question),
    });
    expect(values(await guard.guard([task("a", { workBytes: much })]))).toEqual([["***"]]);
    expect(asked).toEqual([{ schema: 7 }]);
  });

  it("is waited for so often and no more", async () => {
    const { guard } = guards({ tools: needing(() => Promise.resolve(), 1_000) });
    expect(await guard.guard([task("a")])).toMatchObject([
      { kind: "unreadable", counts: { failed: { overloaded: 1, $: 1 } } },
    ]);
  });
});

describe("what fails", () => {
  it("is told as a value, under its error and the rules that are about it: a batch that cannot be read", () => {
    const { guard } = guards(starring());
    const torn = { ...task("a"), bytes: task("a").bytes.subarray(0, -1) };
    expect(guard.guard([torn])).toMatchObject([
      { kind: "unreadable", code: "records-malformed", counts: { failed: { "records-malformed": 1, $: 1 } } },
    ]);
  });

  it("is not kept: what cannot be read now may be readable later", () => {
    let broken = true;
    const tools = toolsInTest(() => () => {
      if (broken) throw new LockkeeperError("records-malformed", "broken");
      return undefined;
    });
    const { guard } = guards({ tools });
    expect(guard.guard([task("a")])).toMatchObject([{ kind: "unreadable" }]);
    broken = false;
    expect(guard.guard([task("a")])).toMatchObject([{ kind: "same" }]);
  });

  it("is rejected when too much waits, and nothing is done", async () => {
    const { tools, calls } = starring();
    const { guard } = guards({ tools, queueBytesMax: 100 });
    const first = guard.guard([task("a", { workBytes: much })]);
    await expect(guard.guard([task("b", { workBytes: much })])).rejects.toMatchObject({ code: "overloaded" });
    await first;
    expect(calls).toEqual(["a"]);
    await guard.guard([task("b", { workBytes: much })]);
  });

  it("is tried once more when a thread dies, and unreadable when the next dies too", async () => {
    const dying = () => {
      const worker = threadInTest(() => starring().tools);
      worker.postMessage = () => queueMicrotask(() => worker.emit("error", new Error("out of memory")));
      return worker;
    };
    const { guard, started, deaths } = guards({ tools: starring().tools, start: dying });
    expect(await guard.guard([task("a", { workBytes: much })])).toMatchObject([{ kind: "unreadable" }]);
    expect(started).toHaveLength(2);
    expect(deaths).toEqual(["out of memory", "out of memory"]);
  });

  it("is a bug on a thread: whoever asked hears of it", async () => {
    const tools = toolsInTest(() => () => {
      throw new Error("a bug");
    });
    const { guard } = guards({ tools });
    await expect(guard.guard([task("a", { workBytes: much })])).rejects.toThrow("a bug");
  });
});
