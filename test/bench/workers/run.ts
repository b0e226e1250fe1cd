// `npm run bench:workers`: what a second worker brings. Requests a second of `serve` and of `serve --workers N`, round by round in turn, before a broker
// stand-in and from a client that are nothing but sockets; and what each request costs, of all processes of the gateway together. Client and
// broker want the same cores, so the workloads are such that the gateway does most of the work: its share is printed, and bounds the ratio.
//
//   npm run bench:workers -- [--workers N] [--seconds N] [--rounds N] [--workloads PREFIX,…] [--connects N]
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { produce } from "../../../src/protocols/kafka/messages/produce.ts";
import { requestFrame } from "../../support/frames.ts";
import { type Gateway, startGateway, testConfig } from "../../support/gateway.ts";
import { openWire } from "../../support/wire.ts";
import { cpuSeconds } from "../cpu.ts";
import { spread } from "../report.ts";
import { batchOf, topicId } from "../wire/shapes.ts";

const { values: options } = parseArgs({
  options: {
    workers: { type: "string", default: "2" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    workloads: { type: "string", default: "" },
    connects: { type: "string", default: "2000" },
  },
});
const counts = [1, Number(options.workers)];
const connections = 8;
const password = "bench-password";

interface Workload {
  readonly name: string;
  readonly bytes: number;
  readonly inFlight: number;
  readonly masked: boolean;
  readonly frame: Buffer;
}

const fetchFrame = requestFrame(fetch, 17, {
  maxWaitMs: 500,
  minBytes: 1,
  topics: [{ topicId, partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1 << 20 }] }],
});
const produceFrame = requestFrame(produce, 13, {
  acks: 1,
  timeoutMs: 30_000,
  topicData: [{ topicId, partitionData: [{ index: 0, records: batchOf(1 << 10, 0n) }] }],
});
const workloads: readonly Workload[] = [
  { name: "produce 1 KiB", bytes: 1 << 10, inFlight: 20, masked: false, frame: produceFrame },
  { name: "consume masked JSON, LZ4", bytes: 32 << 10, inFlight: 2, masked: true, frame: fetchFrame },
];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const masks = ["$.customer.email", "$.customer.name", "$.customer.card"];
const policyOf = ({ masked }: Workload): string =>
  [
    "package lockkeeper",
    'allow if "bench" in input.principal.groups',
    ...(masked ? masks.map((field) => `mask contains {"field": "${field}", "method": "redact"}`) : []),
  ].join("\n\n");

async function startWorkers(count: number, port: number, workload: Workload, dir: string): Promise<Gateway> {
  const policyDirectory = join(dir, "policies");
  await mkdir(policyDirectory, { recursive: true });
  await writeFile(join(policyDirectory, "bench.rego"), `${policyOf(workload)}\n`);
  const bootstrap = [`127.0.0.1:${port}`];
  const configText = await testConfig({
    bootstrap,
    username: "proxy",
    policyDirectory,
    users: [{ name: "bench", groups: ["bench"] }],
    sections: {
      gateway: { workers: count },
      clusters: { main: { bootstrap, login: { mechanism: "none" } } },
      // each batch is masked, on the event loop: what is measured is the gateway's processes and not its threads
      masking: { workers: 0, cacheBytes: 0 },
    },
  });
  return await startGateway({ configText, env: { BENCH_PASSWORD: password } });
}

/** Answers of one request are all as long as the first: they are counted by their bytes. */
class Load {
  answers = 0;
  readonly #sockets: (() => void)[] = [];

  async open(address: string, { frame, inFlight }: Workload): Promise<void> {
    const wire = await openWire(address);
    if ((await wire.login("bench", password)) !== 0) throw new Error("the login failed");
    const { socket } = wire;
    socket.setNoDelay(true);
    socket.removeAllListeners("data");
    let length = 0;
    let head = Buffer.alloc(0);
    let passed = 0;
    socket.on("data", (chunk: Buffer) => {
      passed += chunk.length;
      if (length === 0) {
        head = Buffer.concat([head, chunk]);
        if (head.length < 4) return;
        length = head.readInt32BE(0) + 4;
      }
      const done = Math.floor(passed / length);
      passed -= done * length;
      this.answers += done;
      if (done === 1) socket.write(frame);
      else if (done > 1) socket.write(Buffer.concat(Array.from({ length: done }, () => frame)));
    });
    this.#sockets.push(() => wire.close());
    for (let i = 0; i < inFlight; i++) socket.write(frame);
  }

  close(): void {
    for (const close of this.#sockets) close();
  }
}

interface Measured {
  readonly perSecond: number;
  readonly cpuUs: number;
  /** Of all that gateway, client and broker used. */
  readonly share: number;
}

async function measure(gateway: Gateway, brokerPid: number, workload: Workload): Promise<Measured> {
  const load = new Load();
  for (let i = 0; i < connections; i++) await load.open(gateway.bootstrap, workload);
  await sleep(500);
  const used = () =>
    [gateway.pid, brokerPid].map(cpuSeconds).concat(process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6);
  const [before, answers, started] = [used(), load.answers, performance.now()];
  await sleep(Number(options.seconds) * 1_000);
  const [after, seconds] = [used(), (performance.now() - started) / 1_000];
  const done = load.answers - answers;
  load.close();
  const [its = 0, ...others] = after.map((value, at) => value - (before[at] ?? 0));
  const all = its + others.reduce((sum, one) => sum + one, 0);
  return { perSecond: done / seconds, cpuUs: (its / done) * 1e6, share: its / all };
}

/** Connections that are opened one after the other by 50, each closed at once: the cost of taking one. */
async function measureConnects(gateway: Gateway): Promise<Measured> {
  const [host = "", port = ""] = gateway.bootstrap.split(":");
  const total = Number(options.connects);
  const [cpu, started] = [cpuSeconds(gateway.pid), performance.now()];
  let left = total;
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      while (left-- > 0) {
        const socket = connect({ host, port: Number(port) });
        await once(socket, "connect");
        // the gateway ends it: it was there
        socket
          .on("error", () => {})
          .resume()
          .write(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
        await once(socket, "close");
      }
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  return { perSecond: total / seconds, cpuUs: ((cpuSeconds(gateway.pid) - cpu) / total) * 1e6, share: Number.NaN };
}

async function compare(name: string, workload: Workload, run: (gateway: Gateway, broker: number) => Promise<Measured>) {
  const args = ["1", String(workload.bytes), ...(workload.masked ? ["json"] : [])];
  const broker = fork(join(import.meta.dirname, "..", "wire", "broker.ts"), args, { execArgv: [] });
  const [{ port }] = (await once(broker, "message")) as [{ port: number }];
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-workers-"));
  const gateways = new Map<number, Gateway>();
  try {
    for (const count of counts) gateways.set(count, await startWorkers(count, port, workload, dir));
    const measured = new Map<number, Measured[]>(counts.map((count) => [count, []]));
    // round 0 warms up what is compiled as it runs
    for (let round = 0; round <= Number(options.rounds); round++) {
      for (const [count, gateway] of gateways) {
        const one = await run(gateway, broker.pid ?? 0);
        if (round > 0) measured.get(count)?.push(one);
      }
    }
    report(name, measured);
  } finally {
    for (const gateway of gateways.values()) await gateway.stop();
    broker.kill();
    await rm(dir, { recursive: true, force: true });
  }
}

function report(name: string, measured: ReadonlyMap<number, readonly Measured[]>): void {
  const one = measured.get(1) ?? [];
  for (const [count, all] of measured) {
    const [rate, cpu, share] = [
      spread(all.map(({ perSecond }) => perSecond)),
      spread(all.map(({ cpuUs }) => cpuUs)),
      spread(all.map((each) => each.share)),
    ];
    const ratio = spread(all.map(({ perSecond }, round) => perSecond / (one[round]?.perSecond ?? Number.NaN)));
    const figures = [
      `${rate.median.toFixed(0)} a second`,
      `× ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`,
      `${cpu.median.toFixed(0)} (${cpu.min.toFixed(0)}–${cpu.max.toFixed(0)}) µs of CPU each`,
      ...(Number.isNaN(share.median) ? [] : [`${(share.median * 100).toFixed(0)} % of all CPU is the gateway's`]),
    ];
    say(`${name.padEnd(28)} ${count} ${count === 1 ? "process" : "workers"}  ${figures.join("  ")}`);
  }
}

const chosen = options.workloads.split(",");
const fits = (name: string): boolean => chosen.some((prefix) => name.startsWith(prefix));
for (const workload of workloads)
  if (fits(workload.name))
    await compare(workload.name, workload, (gateway, broker) => measure(gateway, broker, workload));
const [plain] = workloads;
if (plain && fits("connect")) await compare("connect", plain, measureConnects);
