// Where batches are masked: from the cache, on the event loop, or on a thread; and what becomes of those that cannot be.
import { describe, expect, it } from "vitest";
import { LockkeeperError } from "../../../../src/base/errors.ts";
import { limits } from "../../../../src/base/limits.ts";
import { allOf } from "../../../../src/base/maybe.ts";
import { NotReady } from "../../../../src/model/record.ts";
import type { GuardTools } from "../../../../src/pipeline/records/guard-batch.ts";
import type { ToWorker } from "../../../../src/pipeline/records/worker-protocol.ts";
import { buildBatch } from "../../../../src/protocols/kafka/records/build.ts";
import { threadInTest } from "../../../support/mask-threads.ts";
import { maskRule } from "../../../support/masking.ts";
import { toolsInTest } from "../../../support/records.ts";
import { guards, much, rules, starring, task, values } from "./guards-in-test.ts";

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

  it.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)(
    "are read by a thread out of shared memory: %s",
    async (compression) => {
      const { guard, started } = guards(starring());
      const bytes = buildBatch({
        records: [{ value: Buffer.from("a".repeat(9_000)) }, { value: Buffer.from("b") }],
        compression,
      });
      expect(values(await guard.guard([task("", { bytes, workBytes: much })]))).toEqual([["***", "***"]]);
      expect(started).toHaveLength(1);
    },
  );

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

  it("is not taken from a thread that is known to be dead: its last words may come after its end", async () => {
    const { tools } = starring();
    const { guard, workers, started } = guards({
      tools,
      start() {
        const worker = threadInTest(() => tools);
        if (started.length > 0) return worker;
        const post = worker.postMessage.bind(worker);
        worker.postMessage = (message) => {
          post(message);
          if ((message as ToWorker).kind === "job") worker.emit("error", new Error("died as it answered"));
        };
        return worker;
      },
    });
    for (const text of ["a", "b"]) {
      expect(values(await guard.guard([task(text, { workBytes: much })]))).toEqual([["***"]]);
    }
    expect(started).toHaveLength(2);
    expect(workers.queuedBytes).toBe(0);
  });

  it("is a bug on a thread: whoever asked hears of it", async () => {
    const tools = toolsInTest(() => () => {
      throw new Error("a bug");
    });
    const { guard } = guards({ tools });
    await expect(guard.guard([task("a", { workBytes: much })])).rejects.toThrow("a bug");
  });
});
