// Three fields of JSON records of a KiB, a batch of 256: found, redacted, put back, with the codec. `npm run bench:mask` has the whole picture.
import { limits } from "../../../src/base/limits.ts";
import { type GuardTools, guardBatch } from "../../../src/pipeline/records/guard-batch.ts";
import { buildBatch } from "../../../src/protocols/kafka/records/build.ts";
import { rewriteBatch } from "../../../src/protocols/kafka/records/rewrite-batch.ts";
import { testMasking } from "../../support/masking.ts";
import { jsonMasks, jsonValues } from "../mask/json.ts";
import type { Cases } from "./case.ts";

const count = 256;

export function maskCases(): Cases {
  const masking = testMasking();
  const tools: GuardTools = {
    rewriteBatch,
    options: { batchBytesMax: limits.batchBytesMax },
    rewriter: ({ masks }, counts) => masking.masker(masks, counts),
  };
  const rules = { cluster: "bench", masks: jsonMasks(3), filters: [] };
  const records = jsonValues(count).map((value, index) => ({ key: Buffer.from(`k${index}`), value }));
  return {
    cases: (["none", "lz4"] as const).map((compression) => {
      const batch = buildBatch({ records, compression, baseOffset: 0n });
      return {
        name: `mask: 3 fields of JSON, ${compression}`,
        unit: "record",
        each: count,
        run: async () => void (await guardBatch(batch, rules, tools)),
      };
    }),
  };
}
