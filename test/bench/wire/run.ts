// `npm run bench:wire`: the gateway between a client and a broker that are nothing but sockets, for work on the hot path. CPU seconds of the
// gateway's process for each 10^9 bytes of frames, and for each million requests; beside it a pass-through that reads nothing.
//
// A target that is a path is the gateway of another checkout: the change and what was before it, in one run.
//
//   npm run bench:wire -- [--mebibytes N] [--rounds N] [--targets pass-through,gateway,DIR] [--workloads PREFIX,…] [--profile DIR]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { produce } from "../../../src/protocols/kafka/messages/produce.ts";
import type { Compression } from "../../../src/protocols/kafka/records/batch.ts";
import { requestFrame } from "../../support/frames.ts";
import { openWire } from "../../support/wire.ts";
import { cpuSeconds } from "../cpu.ts";
import { residentBytes } from "../memory.ts";
import { spread } from "../report.ts";
import { batchOf, jsonRecords, topicId } from "./shapes.ts";
import { openTarget, startBroker, type Target } from "./stage.ts";

const { values: options } = parseArgs({
  options: {
    mebibytes: { type: "string", default: "2000" },
    rounds: { type: "string", default: "3" },
    targets: { type: "string", default: "pass-through,gateway" },
    workloads: { type: "string", default: "" },
    profile: { type: "string" },
  },
});

interface Workload {
  readonly name: string;
  readonly kind: "produce" | "consume";
  readonly partitions: number;
  readonly partitionBytes: number;
  readonly inFlight: number;
  /** Records are JSON, so compressed, and three fields of each are masked; figures are for bytes of records before compression. */
  readonly json?: Compression;
}

const workloads: readonly Workload[] = [
  { name: "consume 4 x 1 MiB", kind: "consume", partitions: 4, partitionBytes: 1 << 20, inFlight: 1 },
  { name: "consume 4 x 64 KiB", kind: "consume", partitions: 4, partitionBytes: 64 << 10, inFlight: 1 },
  { name: "consume 1 x 1 KiB", kind: "consume", partitions: 1, partitionBytes: 1 << 10, inFlight: 1 },
  { name: "masked none", kind: "consume", partitions: 6, partitionBytes: 1 << 20, inFlight: 1, json: "none" },
  { name: "masked lz4", kind: "consume", partitions: 6, partitionBytes: 5 << 19, inFlight: 1, json: "lz4" },
  { name: "produce 4 x 64 KiB", kind: "produce", partitions: 4, partitionBytes: 64 << 10, inFlight: 5 },
  { name: "produce 1 x 16 KiB", kind: "produce", partitions: 1, partitionBytes: 16 << 10, inFlight: 5 },
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function frameOf({ kind, partitions, partitionBytes }: Workload): Buffer {
  const indexes = Array.from({ length: partitions }, (_, index) => index);
  if (kind === "produce") {
    const partitionData = indexes.map((index) => ({ index, records: batchOf(partitionBytes, 0n) }));
    return requestFrame(produce, 13, { acks: 1, timeoutMs: 30_000, topicData: [{ topicId, partitionData }] });
  }
  const wanted = indexes.map((partition) => ({ partition, fetchOffset: 0n, partitionMaxBytes: 1 << 20 }));
  return requestFrame(fetch, 17, { maxWaitMs: 500, minBytes: 1, topics: [{ topicId, partitions: wanted }] });
}

/** Keeps `inFlight` requests under way until `bytes` have passed; resolves with bytes and requests. */
async function drive(address: string, workload: Workload, bytes: number, password: string | null) {
  const wire = await openWire(address);
  if (password !== null && (await wire.login("bench", password)) !== 0) throw new Error("the login failed");
  const { socket } = wire;
  socket.setNoDelay(true);
  socket.removeAllListeners("data");
  const frame = frameOf(workload);
  const done = Promise.withResolvers<void>();
  let passed = 0;
  let answers = 0;
  let missing = 0;
  let head = Buffer.alloc(0);
  const send = (): void => {
    passed += frame.length;
    socket.write(frame);
  };
  socket.on("data", (chunk: Buffer) => {
    passed += chunk.length;
    let at = 0;
    while (at < chunk.length) {
      if (missing === 0) {
        const need = 4 - head.length;
        head = Buffer.concat([head, chunk.subarray(at, at + need)]);
        at += Math.min(need, chunk.length - at);
        if (head.length < 4) return;
        missing = head.readInt32BE(0);
        head = Buffer.alloc(0);
      }
      const taken = Math.min(missing, chunk.length - at);
      missing -= taken;
      at += taken;
      if (missing > 0) return;
      answers++;
      if (passed < bytes) send();
      else done.resolve();
    }
  });
  socket.on("close", () => done.reject(new Error("the connection closed")));
  for (let i = 0; i < workload.inFlight; i++) send();
  await done.promise;
  socket.removeAllListeners("close");
  wire.close();
  return { passed, answers };
}

/** CPU seconds of one drive: for each 10^9 bytes, and in µs for each request. */
async function measure(target: Target, workload: Workload, bytes: number): Promise<Measured> {
  const { json, partitions, partitionBytes } = workload;
  const before = cpuSeconds(target.gateway.pid);
  const started = performance.now();
  const { passed, answers } = await drive(target.address, workload, bytes, target.password);
  const used = cpuSeconds(target.gateway.pid) - before;
  const mibPerSecond = passed / (1 << 20) / ((performance.now() - started) / 1000);
  const counted = json ? answers * partitions * jsonRecords(partitionBytes, json).plainBytes : passed;
  return { perGb: used / (counted / 1e9), perRequestUs: (used / answers) * 1e6, mibPerSecond };
}

interface Measured {
  readonly perGb: number;
  readonly perRequestUs: number;
  readonly mibPerSecond: number;
}

async function compare(workload: Workload, names: readonly string[], bytes: number, dir: string): Promise<void> {
  const broker = await startBroker(workload.partitions, workload.partitionBytes, workload);
  const env = options.profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${options.profile}` };
  const masked = workload.json !== undefined;
  const targets = new Map<string, Target>();
  try {
    for (const name of names)
      targets.set(name, await openTarget(name, broker.port, join(dir, masked ? "masked" : "plain"), { env, masked }));
    const measured = new Map<string, Measured[]>(names.map((name) => [name, []]));
    // round 0 warms up what is compiled as it runs
    for (let round = 0; round <= Number(options.rounds); round++) {
      for (const [name, target] of targets) {
        const one = await measure(target, workload, bytes);
        if (round > 0) measured.get(name)?.push(one);
      }
    }
    for (const [name, all] of measured) {
      const [gb, request, rate] = [
        spread(all.map(({ perGb }) => perGb)),
        spread(all.map(({ perRequestUs }) => perRequestUs)),
        spread(all.map(({ mibPerSecond }) => mibPerSecond)),
      ];
      const figures = `${gb.median.toFixed(2)} (${gb.min.toFixed(2)}–${gb.max.toFixed(2)}) CPU s/GB`;
      const rss = `${(residentBytes(targets.get(name)?.gateway.pid ?? 0) / (1 << 20)).toFixed(0)} MiB RSS`;
      say(
        `${workload.name.padEnd(20)} ${name.padEnd(14)} ${figures.padEnd(30)} ${request.median.toFixed(0)} µs a request  ${rate.median.toFixed(0)} MiB/s  ${rss}`,
      );
    }
  } finally {
    for (const { gateway } of targets.values()) await gateway.stop();
    broker.stop();
  }
}

const dir = await mkdtemp(join(tmpdir(), "lockkeeper-wire-"));
const bytes = Number(options.mebibytes) * (1 << 20);
const chosen = options.workloads.split(",");
try {
  for (const workload of workloads) {
    if (!chosen.some((prefix) => workload.name.startsWith(prefix))) continue;
    const share = workload.partitionBytes < 4096 ? 40 : 1;
    await compare(workload, options.targets.split(","), bytes / share, dir);
  }
} finally {
  await rm(dir, { recursive: true, force: true });
}
