// `npm run bench:storm`: what is left of others' rate while clients come, log in, ask once and go, again and again. A producer and a consumer work beside a
// hundred of those, at the broker itself (PLAIN there, too) and through the gateway, in turns; and whose processor it is meanwhile. Where machine,
// clients and broker share a few cores, the broker's own ratio says how much of the loss is nobody's but the machine's.
//
//   npm run bench:storm -- [--rounds N] [--seconds N] [--clients N]
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Kafka } from "kafkajs";
import { startKafka } from "../../src/demo/parts/kafka.ts";
import { fetchOnce, keepBusy, produceOne } from "../support/load.ts";
import type { StormNews } from "../support/reconnect-storm.ts";
import { openWire } from "../support/wire.ts";
import { cpuSeconds } from "./cpu.ts";
import { shown, spread } from "./report.ts";
import { openTarget } from "./targets.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "4" },
    seconds: { type: "string", default: "5" },
    clients: { type: "string", default: "100" },
  },
});
const ms = Number(options.seconds) * 1_000;
const topic = "orders.storm";
const value = Buffer.from(JSON.stringify({ id: 1, note: "x".repeat(900) }));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Place {
  readonly address: string;
  readonly user: string;
  readonly password: string;
}

interface Measured {
  readonly ratio: number;
  readonly logins: number;
  /** Of each process, meanwhile. */
  readonly cores: readonly number[];
}

async function workers({ address, user, password }: Place) {
  const wires = await Promise.all([openWire(address), openWire(address)]);
  for (const wire of wires) if ((await wire.login(user, password)) !== 0) throw new Error("the login failed");
  const load = keepBusy(wires, (wire, at) =>
    at === 0 ? produceOne(wire, topic, 0, value) : fetchOnce(wire, topic, 0),
  );
  const stop = async () => {
    await load.stop();
    for (const wire of wires) wire.close();
  };
  return { load, stop };
}

async function measure(place: Place, pids: readonly number[]): Promise<Measured> {
  const { load, stop } = await workers(place);
  await load.rate(1_000);
  const before = await load.rate(ms);
  const { address, user, password } = place;
  const file = join(import.meta.dirname, "..", "support", "reconnect-storm.ts");
  const storm = fork(file, [address, user, password, options.clients, "1000000000"], { execArgv: [] });
  let lives = 0;
  const begun = new Promise<void>((resolve) => {
    storm.on("message", (news: StormNews) => {
      lives = news.lives;
      resolve();
    });
  });
  await begun;
  const all = [...pids, storm.pid ?? 0];
  const [used, lived] = [all.map(cpuSeconds), lives];
  const during = await load.rate(ms);
  const cores = all.map((pid, at) => (cpuSeconds(pid) - (used[at] ?? 0)) / (ms / 1_000));
  storm.disconnect();
  await stop();
  return { ratio: during / before, logins: (lives - lived) / (ms / 1_000), cores };
}

const dir = await mkdtemp(join(tmpdir(), "lockkeeper-storm-"));
const kafka = await startKafka({ log: (line) => say(`bench: ${line}`) });
const gateway = await openTarget("gateway", { kafka, frontPort: 0, dir, say });
try {
  const admin = new Kafka({ brokers: [...kafka.bootstrap], logLevel: 0 }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const broker: Place = { address: kafka.sasl[0] ?? "", user: "admin", password: kafka.users["admin"] ?? "" };
  const { username = "", password = "" } = gateway.login ?? {};
  const places = new Map<string, Place>([
    ["at the broker", broker],
    ["through the gateway", { address: gateway.address, user: username, password }],
  ]);
  const pids = [gateway.pid ?? 0, kafka.pid(1)];
  const measured = new Map<string, Measured[]>();
  for (let round = 1; round <= Number(options.rounds); round++) {
    for (const [name, place] of places) {
      const one = await measure(place, pids);
      measured.set(name, [...(measured.get(name) ?? []), one]);
    }
  }
  for (const [name, all] of measured) {
    const of = (what: (one: Measured) => number, digits: number) => shown(spread(all.map(what)), digits);
    const cores = ["gateway", "broker", "storm"].map((who, at) => `${who} ${of(({ cores: its }) => its[at] ?? 0, 2)}`);
    say(
      `${name.padEnd(20)} × ${of(({ ratio }) => ratio, 2)} of their rate, ${of(({ logins }) => logins, 0)} logins a second; cores: ${cores.join(", ")}`,
    );
  }
  say(`median (lowest–highest) of ${options.rounds} rounds, load ${(loadavg()[0] ?? 0).toFixed(1)}`);
} finally {
  await gateway.stop();
  await kafka.stop();
  await rm(dir, { recursive: true, force: true });
}
