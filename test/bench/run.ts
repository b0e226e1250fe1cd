// `npm run bench`: produce and consume through the gateway against direct, with the same clients, interleaved, in one run. What it finds is
// printed and written to last.json. MiB/s of one machine mean little; the ratio within a round and the CPU seconds per GB are what to go by.
//
//   npm run bench -- [--rounds N] [--records N] [--targets direct,pass-through,gateway,masked] [--kinds produce,consume]
//
// `masked` is the gateway with a mask of three fields on all that is read; it is asked for by name. With few
// records a second reading comes from the cache of masked batches: as many as do not fit into it are needed (the default is enough).
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Kafka, startKafka } from "../../src/demo/parts/kafka.ts";
import { type KafkaTools, kafkaTools, loginProperties } from "../../src/demo/parts/kafka-tools.ts";
import { freePort } from "../../src/demo/parts/ports.ts";
import { type Gateway, startGateway, testConfig } from "../support/gateway.ts";
import { cpuSeconds } from "./cpu.ts";
import { type Sample, summarize, table } from "./report.ts";
import { payloadLines, recordBytes, runWorkload, workloads } from "./workloads.ts";

interface Target {
  readonly name: string;
  readonly tools: KafkaTools;
  /** Whose use of the processor counts; undefined for direct. */
  readonly process?: Gateway;
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    records: { type: "string", default: "200000" },
    targets: { type: "string", default: "direct,pass-through,gateway" },
    kinds: { type: "string", default: "produce,consume" },
  },
});
const [rounds, records] = [Number(options.rounds), Number(options.records)];
const wanted = new Set(options.targets.split(","));
const kinds = new Set(options.kinds.split(","));
/** Of the payload, at two depths. */
const maskedFields = ["$.customer.name", "$.customer.email", "$.customer.card"];
const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
const lastFile = join(import.meta.dirname, "last.json");

async function openTargets(kafka: Kafka, frontPort: number, dir: string): Promise<Target[]> {
  const targets: Target[] = [{ name: "direct", tools: await kafkaTools(kafka.bootstrap) }];
  if (wanted.has("pass-through")) {
    const args = [String(frontPort), kafka.fronted[0]?.split(":")[1] ?? ""];
    const program = { file: join(import.meta.dirname, "pass-through.ts"), args };
    const hop = await startGateway({ configText: "", program });
    targets.push({ name: "pass-through", tools: await kafkaTools([hop.bootstrap]), process: hop });
  }
  if (wanted.has("gateway")) targets.push(await openGateway("gateway", [], kafka, dir));
  if (wanted.has("masked")) targets.push(await openGateway("masked", maskedFields, kafka, dir));
  return targets;
}

/** A gateway as people run it: local account, SCRAM to the broker, a policy, the audit log, recordings of metadata. */
async function openGateway(name: string, fields: readonly string[], kafka: Kafka, dir: string): Promise<Target> {
  const policyDirectory = join(dir, `${name}-policies`);
  await mkdir(policyDirectory);
  const masks = fields.map((field) => `mask contains {"rule": "${field}", "field": "${field}", "method": "redact"}`);
  const rules = ["package lockkeeper", 'allow if "bench" in input.principal.groups', ...masks];
  await writeFile(join(policyDirectory, "bench.rego"), `${rules.join("\n\n")}\n`);
  const users = [{ name: "bench", groups: ["bench"] }];
  const configText = await testConfig({ bootstrap: kafka.sasl, username: "proxy", policyDirectory, users });
  const env = { KAFKA_PASSWORD: kafka.users["proxy"] ?? "", BENCH_PASSWORD: "bench-password" };
  const gateway = await startGateway({ configText, env });
  const login = loginProperties({ mechanism: "PLAIN", username: "bench", password: env.BENCH_PASSWORD });
  return { name, tools: await kafkaTools([gateway.bootstrap], login), process: gateway };
}

/** Rounds of all workloads; within one, every target in turn. Round 0 warms up what is compiled as it runs, and is not counted. */
async function measure(targets: readonly Target[], admin: KafkaTools, payloadFile: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round <= rounds; round++) {
    for (const workload of workloads) {
      // What is consumed must be there: it was produced, past the gateway, in the first round.
      if (!kinds.has(workload.kind) && round > 0) continue;
      // Whoever goes first may find other caches than who goes last: the order turns.
      const order = targets.map((_, index) => targets[(index + round) % targets.length]).filter((t) => t !== undefined);
      for (const target of order) {
        const topic =
          workload.kind === "produce"
            ? `bench-${round}-${workload.codec}-${target.name}`
            : `bench-0-${workload.codec}-direct`;
        if (workload.kind === "produce") await admin.run("topics", ["--create", "--topic", topic, "--partitions", "4"]);
        const before = target.process === undefined ? 0 : cpuSeconds(target.process.pid);
        const mibPerSecond = await runWorkload(target.tools, workload, topic, records, payloadFile);
        const used = target.process === undefined ? null : cpuSeconds(target.process.pid) - before;
        const gatewayCpuSecondsPerGb = used === null ? null : used / ((records * recordBytes) / 1e9);
        say(`round ${round}, ${workload.name}, ${target.name}: ${mibPerSecond.toFixed(1)} MiB/s`);
        if (round > 0) {
          samples.push({ round, workload: workload.name, target: target.name, mibPerSecond, gatewayCpuSecondsPerGb });
          if (workload.kind === "produce") await admin.run("topics", ["--delete", "--topic", topic]);
        }
      }
    }
  }
  return samples;
}

const frontPort = await freePort();
const kafka = await startKafka({ heapMb: 512, frontPorts: [frontPort], log: say });
const dir = await mkdtemp(join(tmpdir(), "lockkeeper-bench-"));
let targets: Target[] = [];
try {
  targets = await openTargets(kafka, frontPort, dir);
  const payloadFile = join(dir, "payload.jsonl");
  await writeFile(payloadFile, payloadLines(2_000));
  const samples = await measure(targets, targets[0]?.tools ?? (await kafkaTools(kafka.bootstrap)), payloadFile);
  const rows = summarize(samples);
  process.stdout.write(
    `${table(rows)}\n\nmedian (lowest–highest) of ${rounds} rounds, ${records} records of ${recordBytes} bytes\n`,
  );
  const machine = { cores: availableParallelism(), node: process.version, kafka: kafka.version };
  await writeFile(lastFile, `${JSON.stringify({ machine, rounds, records, recordBytes, rows }, undefined, 2)}\n`);
} finally {
  await Promise.all(targets.map(async (target) => await Promise.all([target.process?.stop(), target.tools.remove()])));
  await kafka.stop();
  await rm(dir, { recursive: true, force: true });
}
