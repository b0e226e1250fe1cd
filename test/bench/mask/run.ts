// `npm run bench:mask`: what masking costs beside reading and writing the same batches: CPU seconds for each 10^9 bytes of records, in this
// process, on one thread, nothing kept for a second reader. 0 fields is a rule that finds nothing: the cost of looking.
//
//   npm run bench:mask -- [--mebibytes N] [--codecs none,lz4,…] [--formats json,avro,protobuf]
import { parseArgs } from "node:util";
import type { Compression } from "../../../src/protocols/kafka/records/batch.ts";
import { testMasking } from "../../support/masking.ts";
import { jsonMasks, jsonValues } from "./json.ts";
import { type MicroCase, type MicroResult, measureMicro } from "./micro.ts";
import { avroValues, protobufValues, schemaMasking, schemaMasks } from "./schemas.ts";

const { values: options } = parseArgs({
  options: {
    mebibytes: { type: "string", default: "100" },
    codecs: { type: "string", default: "none,lz4,zstd" },
    formats: { type: "string", default: "json,avro,protobuf" },
  },
});
const recordsCount = 2_048;
const fieldCounts = [0, 1, 3, 10];
const bytesPerRound = Number(options.mebibytes) * (1 << 20);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const sets: Readonly<Record<string, (fields: number) => Pick<MicroCase, "values" | "masks" | "masking">>> = {
  json: (fields) => ({ values: jsonValues(recordsCount), masks: jsonMasks(fields), masking: testMasking() }),
  avro: (fields) => ({ values: avroValues(recordsCount), masks: schemaMasks(fields), masking: schemaMasking() }),
  protobuf: (fields) => ({
    values: protobufValues(recordsCount),
    masks: schemaMasks(fields),
    masking: schemaMasking(),
  }),
};

say("format    codec   fields  CPU s/GB: median (lowest–highest) of 5 rounds");
for (const format of options.formats.split(",")) {
  const made = sets[format];
  if (made === undefined) throw new Error(`there is no format ${format}`);
  for (const codec of options.codecs.split(",") as Compression[]) {
    for (const fields of fieldCounts) {
      say(row(await measureMicro({ format, codec, fields, ...made(fields || -1) }, bytesPerRound)));
    }
  }
}

function row({ format, codec, fields, cpuSecondsPerGb: { median, min, max } }: MicroResult): string {
  const figures = `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
  return `${format.padEnd(9)} ${codec.padEnd(7)} ${String(fields).padEnd(7)} ${figures}`;
}
