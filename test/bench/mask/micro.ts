// Masking alone, in this process and on one thread: a batch in, a batch out. CPU seconds for each 10^9 bytes of records before compression.
import { limits } from "../../../src/base/limits.ts";
import type { Masking } from "../../../src/masking/mask.ts";
import type { MaskRule } from "../../../src/model/decision.ts";
import { type GuardTools, guardBatch } from "../../../src/pipeline/records/guard-batch.ts";
import { type Compression, scanBatches } from "../../../src/protocols/kafka/records/batch.ts";
import { buildBatch } from "../../../src/protocols/kafka/records/build.ts";
import { rewriteBatch } from "../../../src/protocols/kafka/records/rewrite-batch.ts";
import { type Spread, spread } from "../report.ts";

export interface MicroCase {
  readonly format: string;
  readonly codec: Compression;
  readonly fields: number;
  readonly values: readonly Buffer[];
  readonly masks: readonly MaskRule[];
  readonly masking: Masking;
}

export interface MicroResult {
  readonly format: string;
  readonly codec: Compression;
  readonly fields: number;
  readonly cpuSecondsPerGb: Spread;
}

const batchRecords = 256;
const rounds = 5;

/** @returns CPU seconds a GB; the first round warms up and is not counted */
export async function measureMicro(one: MicroCase, bytesPerRound: number): Promise<MicroResult> {
  const tools: GuardTools = {
    rewriteBatch,
    options: { batchBytesMax: limits.batchBytesMax },
    rewriter: ({ masks }, counts) => one.masking.masker(masks, counts),
  };
  const rules = { cluster: "bench", masks: one.masks, filters: [] };
  const batches = batchesOf(one);
  const bytes = one.values.reduce((sum, value) => sum + value.length, 0);
  const samples: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage();
    let done = 0;
    while (done < bytesPerRound) {
      for (const batch of batches) {
        const result = await guardBatch(batch, rules, tools);
        if (result.kind !== (one.fields > 0 ? "edited" : "same")) throw new Error(`a batch came out ${result.kind}`);
      }
      done += bytes;
    }
    const { user, system } = process.cpuUsage(before);
    if (round > 0) samples.push((user + system) / 1e6 / (done / 1e9));
  }
  return { format: one.format, codec: one.codec, fields: one.fields, cpuSecondsPerGb: spread(samples) };
}

function batchesOf({ values, codec }: MicroCase): Buffer[] {
  const batches: Buffer[] = [];
  for (let at = 0; at < values.length; at += batchRecords) {
    const records = values
      .slice(at, at + batchRecords)
      .map((value, index) => ({ key: Buffer.from(`k${index}`), value }));
    const batch = buildBatch({ records, compression: codec, baseOffset: BigInt(at) });
    if ([...scanBatches(batch)].length !== 1) throw new Error("a batch is one");
    batches.push(batch);
  }
  return batches;
}
