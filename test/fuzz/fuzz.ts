// The fuzzer: damages samples and what took new ways before (feedback instead of coverage: a way is what the target says of it), and judges each
// input by the processor time and the memory that it took. Every case comes from seed and number alone, but for what was kept before it.
import { mutated } from "./mutate.ts";
import { randomOf } from "./random.ts";
import type { FuzzTarget } from "./target.ts";

export interface FuzzOptions {
  readonly seed: number;
  /** Ends after so many inputs, or at so many milliseconds: whichever comes first. */
  readonly casesMax: number;
  readonly msMax: number;
  /** An input that takes the processor for longer is a hang: nothing here is larger than some KiB. */
  readonly caseMsMax?: number;
}

export interface FuzzResult {
  readonly cases: number;
  readonly ways: number;
  /** The most processor milliseconds of one case. */
  readonly slowestMs: number;
  readonly memoryMiB: number;
  readonly finding: Finding | null;
}

export interface Finding {
  readonly what: string;
  readonly case: number;
  /** What to commit as a case before it is mended. */
  readonly input: string;
}

const defaultCaseMsMax = 2_000;
/** Growth beyond this, after collections, is a leak. */
const growthBytesMax = 768 * 1024 * 1024;
/** Inputs that are kept; random ones give way. */
const keptMax = 4_096;
/** Inputs that grow by being kept and doubled. */
const inputBytesMax = 64 * 1024;

export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzResult> {
  await using run = await target.start();
  const { caseMsMax = defaultCaseMsMax } = options;
  const [kept, ways] = [[] as Buffer[], new Set<string>()];
  const [started, memory] = [performance.now(), process.memoryUsage.rss()];
  let [cases, slowestMs, found, memoryMax] = [0, 0, null as Finding | null, memory];
  while (found === null && cases < options.casesMax && performance.now() - started < options.msMax) {
    const random = randomOf(options.seed + cases * 7919);
    const base = kept.length > 0 && random.oneIn(2) ? random.pick(kept) : run.sample(random);
    const other = kept.length > 0 ? random.pick(kept) : base;
    const input = mutated(base, random, other).subarray(0, inputBytesMax);
    const before = process.cpuUsage();
    try {
      const way = await run.run(input, random);
      if (!ways.has(way)) {
        ways.add(way);
        if (kept.length < keptMax) kept.push(Buffer.from(input));
        else kept[random.int(keptMax)] = Buffer.from(input);
      }
      const used = process.cpuUsage(before);
      const ms = (used.user + used.system) / 1000;
      slowestMs = Math.max(slowestMs, ms);
      if (ms > caseMsMax) throw new Error(`took ${ms.toFixed(0)} ms of the processor`);
      if (cases % 256 === 0) memoryMax = Math.max(memoryMax, process.memoryUsage.rss());
      if (memoryMax - memory > growthBytesMax)
        throw new Error(`memory grew by ${((memoryMax - memory) / 2 ** 20).toFixed(0)} MiB`);
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      found = { what, case: cases, input: input.toString("hex") };
    }
    cases++;
    // sockets, timers and whoever watches get their turn
    if (cases % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { cases, ways: ways.size, slowestMs, memoryMiB: memoryMax / 2 ** 20, finding: found };
}
