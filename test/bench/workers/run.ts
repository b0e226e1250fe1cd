// `npm run bench:workers`: what a second worker brings. Requests a second of `serve` and of `serve --workers N`, round by round in turn, before a broker
// stand-in and clients that are nothing but sockets; and who used the processor. Client and broker want the same cores, so what decides is
// the workloads in which the gateway is nearly all of the cost (workloads.ts); its share is printed, and bounds the ratio. Written to last-workers.json.
//
//   npm run bench:workers -- [--workers N] [--seconds N] [--rounds N] [--workloads PREFIX,…] [--connects N]
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Gateway, startGateway, testConfig } from "../../support/gateway.ts";
import { cpuSeconds } from "../cpu.ts";
import { aligned, type Spread, shown, spread } from "../report.ts";
import { Load } from "./load.ts";
import { connectionsOf, type Used, watch } from "./processes.ts";
import { type Workload, workloads } from "./workloads.ts";

const { values: options } = parseArgs({
  options: {
    workers: { type: "string", default: "2" },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
    workloads: { type: "string", default: "" },
    connects: { type: "string", default: "2000" },
  },
});
const counts = [1, Number(options.workers)];
const rounds = Number(options.rounds);
const connections = 8;
const login = { username: "bench", password: "bench-password" };
/** The broker's and the gateway's threads come to speed. */
const warmMs = 500;

async function startWorkers(count: number, brokerPort: number, { policy }: Workload, dir: string): Promise<Gateway> {
  const policyDirectory = join(dir, "policies");
  await mkdir(policyDirectory, { recursive: true });
  await writeFile(join(policyDirectory, "bench.rego"), `${policy.join("\n\n")}\n`);
  const bootstrap = [`127.0.0.1:${brokerPort}`];
  const configText = await testConfig({
    bootstrap,
    username: "proxy",
    policyDirectory,
    users: [{ name: login.username, groups: ["bench"] }],
    sections: {
      gateway: { workers: count },
      clusters: { main: { bootstrap, login: { mechanism: "none" } } },
      // each batch is masked, on the event loop: what is measured is the gateway's processes and not its threads
      masking: { workers: 0, cacheBytes: 0 },
    },
  });
  return await startGateway({ configText, env: { BENCH_PASSWORD: login.password } });
}

interface Measured {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly used: Used | null;
  /** Of the clients' connections, by worker. */
  readonly held: readonly number[];
}

async function measure(gateway: Gateway, brokerPid: number, workload: Workload): Promise<Measured> {
  const load = new Load();
  for (let i = 0; i < connections; i++) await load.open(gateway.bootstrap, login, workload);
  await sleep(warmMs);
  const held = connectionsOf(gateway.pid, Number(gateway.bootstrap.split(":")[1]));
  const [look, answers, started] = [watch(gateway.pid, brokerPid), load.answers, performance.now()];
  await sleep(Number(options.seconds) * 1_000);
  const [used, seconds] = [look(), (performance.now() - started) / 1_000];
  const perSecond = (load.answers - answers) / seconds;
  load.close();
  return { perSecond, cpuUs: (ofGateway(used) / perSecond) * 1e6, used, held };
}

const ofGateway = ({ primary, serving }: Used): number => serving.reduce((sum, one) => sum + one, primary ?? 0);

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
  const cpuUs = ((cpuSeconds(gateway.pid) - cpu) / total) * 1e6;
  return { perSecond: total / seconds, cpuUs, used: null, held: [] };
}

type Run = (gateway: Gateway, brokerPid: number) => Promise<Measured>;

async function compare(workload: Workload, run: Run): Promise<ReadonlyMap<number, readonly Measured[]>> {
  const args = ["1", String(workload.bytes), ...(workload.json ? ["lz4"] : [])];
  const broker = fork(join(import.meta.dirname, "..", "wire", "broker.ts"), args, {
    execArgv: [],
    env: { ...process.env, BENCH_OTHER_TOPICS: String(workload.otherTopics) },
  });
  const [{ port }] = (await once(broker, "message")) as [{ port: number }];
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-workers-"));
  const gateways = new Map<number, Gateway>();
  try {
    for (const count of counts) gateways.set(count, await startWorkers(count, port, workload, dir));
    const measured = new Map<number, Measured[]>(counts.map((count) => [count, []]));
    // round 0 warms up what is compiled as it runs
    for (let round = 0; round <= rounds; round++) {
      for (const [count, gateway] of gateways) {
        const one = await run(gateway, broker.pid ?? 0);
        if (round > 0) measured.get(count)?.push(one);
      }
    }
    return measured;
  } finally {
    for (const gateway of gateways.values()) await gateway.stop();
    broker.kill();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Line {
  readonly workload: string;
  readonly processes: number;
  readonly perSecond: Spread;
  /** To one process in the same round. */
  readonly ratio: Spread;
  readonly cpuUs: Spread;
  /** Of all that gateway, clients and broker used. */
  readonly share: Spread | null;
  readonly used: readonly Used[];
  readonly held: readonly (readonly number[])[];
}

function linesOf(name: string, measured: ReadonlyMap<number, readonly Measured[]>): Line[] {
  const one = measured.get(1) ?? [];
  return [...measured].map(([processes, all]) => {
    const used = all.flatMap((each) => each.used ?? []);
    const shares = used.map((its) => ofGateway(its) / (ofGateway(its) + its.clients + its.broker));
    return {
      workload: name,
      processes,
      perSecond: spread(all.map(({ perSecond }) => perSecond)),
      ratio: spread(all.map(({ perSecond }, round) => perSecond / (one[round]?.perSecond ?? Number.NaN))),
      cpuUs: spread(all.map(({ cpuUs }) => cpuUs)),
      share: shares.length > 0 ? spread(shares) : null,
      used,
      held: all.map(({ held }) => held),
    };
  });
}

const head = [
  "",
  "processes",
  "a second",
  "x one",
  "µs of CPU each",
  "gateway's share, %",
  "cores: primary",
  "busiest, idlest worker",
  "clients",
  "broker",
  "connections",
];

function row({ workload, processes, perSecond, ratio, cpuUs, share, used, held }: Line): string[] {
  const cores = (pick: (of: Used) => number) => (used.length > 0 ? spread(used.map(pick)).median.toFixed(2) : "");
  const primary = used.some((its) => its.primary !== null) ? cores((its) => its.primary ?? 0) : "";
  const busiest = cores(({ serving }) => Math.max(...serving));
  const idlest = processes > 1 ? ` ${cores(({ serving }) => Math.min(...serving))}` : "";
  const divided = [...new Set(held.map((each) => each.join("+")))].join(" ");
  const percent = share && {
    median: share.median * 100,
    min: share.min * 100,
    max: share.max * 100,
  };
  return [
    workload,
    String(processes),
    shown(perSecond, 0),
    shown(ratio, 2),
    shown(cpuUs, 0),
    percent ? shown(percent, 0) : "",
    primary,
    `${busiest}${idlest}`,
    cores(({ clients }) => clients),
    cores(({ broker }) => broker),
    divided,
  ];
}

const chosen = options.workloads.split(",");
const wants = (name: string): boolean => chosen.some((prefix) => name.startsWith(prefix));
const lines: Line[] = [];
for (const workload of workloads.filter(({ name }) => wants(name))) {
  process.stderr.write(`bench: ${workload.name}\n`);
  const run: Run = (gateway, brokerPid) => measure(gateway, brokerPid, workload);
  lines.push(...linesOf(workload.name, await compare(workload, run)));
}
const [plain] = workloads.slice(-1);
if (plain && wants("connect")) lines.push(...linesOf("connect", await compare(plain, measureConnects)));
process.stdout.write(`${aligned([head, ...lines.map(row)])}\n\n`);
process.stdout.write(
  `median (lowest–highest) of ${rounds} rounds of ${options.seconds} s, ${connections} connections, load ${loadavg()[0]?.toFixed(1)}\n`,
);
const machine = { cores: availableParallelism(), node: process.version, load: loadavg() };
const file = join(import.meta.dirname, "..", "last-workers.json");
await writeFile(file, `${JSON.stringify({ machine, rounds, seconds: options.seconds, lines }, undefined, 2)}\n`);
