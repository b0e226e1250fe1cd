// What a bench runs: Kafka's own producer-perf-test and consumer-perf-test, and how their output is read.
import type { KafkaTools } from "../../src/demo/parts/kafka-tools.ts";
import type { Finished } from "../../src/demo/parts/process.ts";

export const recordBytes = 1024;
const runMsMax = 300_000;

export interface Workload {
  readonly name: string;
  /** Compression of the topic's records. */
  readonly codec: "none" | "lz4";
  readonly kind: "produce" | "consume";
  /** Who must have a record before the producer hears of it; for producers only. */
  readonly acks: "1" | "all" | null;
}

const produceWith = (codec: Workload["codec"], acks: "1" | "all"): Workload => ({
  name: `produce ${codec} acks=${acks}`,
  codec,
  kind: "produce",
  acks,
});
const consumeWith = (codec: Workload["codec"]): Workload => ({
  name: `consume ${codec}`,
  codec,
  kind: "consume",
  acks: null,
});

export const workloads: readonly Workload[] = [
  produceWith("none", "1"),
  produceWith("none", "all"),
  produceWith("lz4", "1"),
  produceWith("lz4", "all"),
  consumeWith("none"),
  consumeWith("lz4"),
];

const words = (
  "order shipped late refund requested customer second delivery attempt depot warehouse north south loyalty points " +
  "pending review contact phone morning invoice paid partial stock returned damaged gift express standard note"
).split(" ");

/** JSON records of `recordBytes`, different enough that a codec has work, with fields that a mask may be about. */
export function payloadLines(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const id = String(index).padStart(8, "0");
    const customer = { name: `Customer ${id}`, email: `customer.${id}@example.com`, card: `4000-${id}` };
    const head = JSON.stringify({ order: id, amount: (index * 7919) % 10_000, customer, note: "" });
    // Words in an order of their own: a codec has work, and something to gain.
    let note = "";
    for (let state = index + 1; head.length + note.length < recordBytes; state = (state * 48_271) % 2_147_483_647) {
      const word = `${words[state % words.length] ?? ""}${state % 100} `;
      note += word.slice(0, recordBytes - head.length - note.length);
    }
    return head.replace('"note":""', `"note":"${note}"`);
  });
  return `${lines.join("\n")}\n`;
}

export interface Load {
  readonly records: number;
  /** Records, one a line. */
  readonly payloadFile: string;
  /** Most that a producer puts into a batch; what Kafka's producer takes (16 KiB) if not given. */
  readonly batchBytes?: number;
}

/** Runs one workload once. @returns MiB of records a second @throws when the tool fails or loses records */
export async function runWorkload(tools: KafkaTools, workload: Workload, topic: string, load: Load): Promise<number> {
  if (workload.kind === "produce") return await produce(tools, workload, topic, load);
  const { records } = load;
  const result = await tools.run(
    "consumer-perf-test",
    ["--topic", topic, "--num-records", String(records), "--timeout", "60000", "--hide-header"],
    { timeoutMs: runMsMax },
  );
  // start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s
  const cells =
    expectSuccess(result)
      .trim()
      .split("\n")
      .at(-1)
      ?.split(",")
      .map((cell) => cell.trim()) ?? [];
  if (Number(cells[4]) < records) throw new Error(`${cells[4]} of ${records} records were consumed: ${result.stderr}`);
  // Without the time to join the group, which says nothing about throughput and a lot about timing.
  return Number(cells[8]);
}

async function produce(
  tools: KafkaTools,
  { codec, acks }: Workload,
  topic: string,
  { records, payloadFile, batchBytes }: Load,
): Promise<number> {
  const client = [`acks=${acks}`, `compression.type=${codec}`];
  if (batchBytes !== undefined) client.push(`batch.size=${batchBytes}`);
  const what = ["--topic", topic, "--num-records", String(records), "--payload-file", payloadFile];
  const args = [...what, "--throughput", "-1"];
  // one flag for all: of several the tool takes the last
  const options = ["--command-property", ...client];
  const result = await tools.run("producer-perf-test", [...args, ...options], { timeoutMs: runMsMax });
  const summary = /^(\d+) records sent, [\d.]+ records\/sec \(([\d.]+) MB\/sec\)[^\n]*99\.9th/m.exec(
    expectSuccess(result),
  );
  if (summary === null || Number(summary[1]) !== records)
    throw new Error(`odd answer:\n${result.stdout}${result.stderr}`);
  return Number(summary[2]);
}

function expectSuccess(result: Finished): string {
  if (result.code === 0) return result.stdout;
  throw new Error(`the tool failed (${result.code}):\n${result.stdout}${result.stderr}`);
}
