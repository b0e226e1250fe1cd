// `npm run bench:connections`: what a connection costs that logs in and then says nothing, as most do most of the time. The clients and the broker are
// nothing but sockets; each client has a connection to the broker behind the gateway, and both are in the figures. Beside it a
// pass-through, which holds two sockets for each client as well and knows nothing of them.
//
// "Open" is a connection whose ApiVersions was answered, "logged in" one whose SASL/PLAIN was. CPU is of the gateway's process; on a machine
// where clients and broker want the same cores, the rate is theirs as well.
//
//   npm run bench:connections -- [--connections N] [--at-once N] [--settle SECONDS] [--targets pass-through,gateway,DIR] [--profile DIR]
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { apiVersions } from "../../src/protocols/kafka/messages/api-versions.ts";
import { saslAuthenticate } from "../../src/protocols/kafka/messages/sasl-authenticate.ts";
import { saslHandshake } from "../../src/protocols/kafka/messages/sasl-handshake.ts";
import { requestFrame } from "../support/frames.ts";
import { type IdleClient, openClient } from "./clients.ts";
import { cpuSeconds } from "./cpu.ts";
import { residentBytes } from "./memory.ts";
import { openTarget, startBroker, type Target } from "./wire/stage.ts";

const { values: options } = parseArgs({
  options: {
    connections: { type: "string", default: "10000" },
    "at-once": { type: "string", default: "100" },
    settle: { type: "string", default: "10" },
    targets: { type: "string", default: "pass-through,gateway" },
    profile: { type: "string" },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const KiB = 1024;
const MiB = 1024 * KiB;
/** Files that a gateway has open beside its connections. */
const otherFiles = 200;

const hello = requestFrame(apiVersions, 3, { clientSoftwareName: "bench", clientSoftwareVersion: "1" });

function loginFrames(password: string): readonly Buffer[] {
  const authBytes = Buffer.from(`\0bench\0${password}`);
  return [requestFrame(saslHandshake, 1, { mechanism: "PLAIN" }), requestFrame(saslAuthenticate, 1, { authBytes })];
}

interface Phase {
  readonly aSecond: number;
  readonly cpuMs: number;
}

/** Runs `one` so many times, some at once; the rate, and the gateway's CPU for each. */
async function phase(pid: number, times: number, one: (index: number) => Promise<void>): Promise<Phase> {
  const before = cpuSeconds(pid);
  const started = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < times) await one(next++);
  };
  await Promise.all(Array.from({ length: Number(options["at-once"]) }, worker));
  const seconds = (performance.now() - started) / 1000;
  return { aSecond: times / seconds, cpuMs: ((cpuSeconds(pid) - before) / times) * 1000 };
}

/** A client has one file in the gateway and one towards the broker. */
function connectionsHere(wanted: number): number {
  const line = /Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"));
  const possible = Math.floor((Number(line?.[1] ?? 1024) - otherFiles) / 2);
  if (possible < wanted)
    say(`this machine lets a process open ${line?.[1] ?? "?"} files: ${possible} connections, not ${wanted}`);
  return Math.min(possible, wanted);
}

async function measure(name: string, { gateway, address, password }: Target, count: number): Promise<void> {
  const { pid } = gateway;
  const clients: IdleClient[] = [];
  // what is loaded and compiled at a first login is no part of what each costs
  const first = await openClient(address, hello);
  if (password !== null) for (const frame of loginFrames(password)) await first.ask(frame);
  await sleep(Number(options.settle) * 1000);
  const atStart = residentBytes(pid);
  const opened = await phase(pid, count, async (index) => {
    clients[index] = await openClient(address, hello);
  });
  say(`${name.padEnd(14)} opened     ${opened.aSecond.toFixed(0)} a second  ${opened.cpuMs.toFixed(2)} ms CPU each`);
  if (password !== null) {
    const frames = loginFrames(password);
    const login = await phase(pid, count, async (index) => {
      for (const frame of frames) await clients[index]?.ask(frame);
    });
    const both = 1 / (1 / opened.aSecond + 1 / login.aSecond);
    say(
      `${name.padEnd(14)} logged in  ${login.aSecond.toFixed(0)} a second  ${login.cpuMs.toFixed(2)} ms CPU each; from connect to login ${both.toFixed(0)} a second  ${(opened.cpuMs + login.cpuMs).toFixed(2)} ms`,
    );
  }
  const peak = residentBytes(pid);
  await sleep(Number(options.settle) * 1000);
  const settled = residentBytes(pid);
  const idle = cpuSeconds(pid);
  await sleep(Number(options.settle) * 1000);
  const idleShare = ((cpuSeconds(pid) - idle) / Number(options.settle)) * 100;
  // V8 looks at what a storm has left when eight seconds of quiet have gone by
  const later = residentBytes(pid);
  const each = (bytes: number): string => ((bytes - atStart) / count / KiB).toFixed(1);
  say(
    `${name.padEnd(14)} ${count} idle: ${each(settled)} KiB each, ${each(later)} later; RSS ${(atStart / MiB).toFixed(0)} MiB at start, ${(peak / MiB).toFixed(0)} at the last login, ${(settled / MiB).toFixed(0)} ${options.settle} s later, ${(later / MiB).toFixed(0)} after as long again; ${idleShare.toFixed(1)} % of a core`,
  );
  for (const client of [first, ...clients]) client.close();
}

const count = connectionsHere(Number(options.connections));
const dir = await mkdtemp(join(tmpdir(), "lockkeeper-connections-"));
const broker = await startBroker(1, KiB);
try {
  for (const name of options.targets.split(",")) {
    const profile =
      options.profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${options.profile}` };
    const target = await openTarget(name, broker.port, dir, { env: profile });
    try {
      await measure(name, target, count);
    } finally {
      await target.gateway.stop();
    }
  }
} finally {
  broker.stop();
  await rm(dir, { recursive: true, force: true });
}
