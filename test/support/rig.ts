// A gateway with the shipped policies before real brokers, and unchanged clients of every family, each logged in as somebody. Everything
// that is started here is stopped by `stop`. What clients print is kept, so that a test can look for what must not be in it.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka as KafkaClient, type KafkaConfig, logLevel } from "kafkajs";
import { type EventFilter, type LoggedEvent, readEvents } from "../../src/audit/query.ts";
import { type KafkaTools, kafkaTools, loginProperties } from "../../src/demo/parts/kafka-tools.ts";
import {
  type Finished,
  type RunningProcess,
  type RunOptions,
  run,
  start as startProcess,
} from "../../src/demo/parts/process.ts";
import { ensureKcat } from "./clients.ts";
import { type Gateway, startGateway, testConfig } from "./gateway.ts";
import { type SharedKafka, sharedServers } from "./shared.ts";
import { eventually } from "./wait.ts";

const root = join(import.meta.dirname, "..", "..");

/** Who logs in; groups are those of policies/data.json. */
const people = [
  { name: "alice", groups: ["analysts"] },
  { name: "bob", groups: ["guests"] },
  { name: "carol", groups: ["platform"] },
  { name: "dave", groups: ["platform"] },
  { name: "service", groups: ["services"] },
] as const;

export type Person = (typeof people)[number]["name"];

export interface RigOptions {
  /** The servers that all tests share, if not given. */
  readonly kafka?: Pick<SharedKafka, "bootstrap" | "sasl" | "users">;
  readonly redisUrl?: string;
  /** Files of policies/ that this gateway does without. */
  readonly withoutPolicies?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The gateway is run by this command (gateway.ts); `dir` is the rig's folder. */
  readonly within?: (dir: string) => readonly string[];
  /** Replace whole sections of lockkeeper.yaml. */
  readonly sections?: Readonly<Record<string, unknown>>;
}

export interface Rig {
  /** Everything that the gateway writes is in this folder: audit/, sessions/, policies/, audit.key. */
  readonly dir: string;
  readonly policies: string;
  /** The gateway that runs now. */
  readonly gateway: () => Gateway;
  /** What must be nowhere: passwords of people, and the gateway's own. */
  readonly secrets: readonly string[];
  /** Ports of the brokers themselves, which no client may learn. */
  readonly brokerPorts: readonly string[];
  readonly passwordOf: (person: Person) => string;
  readonly kafkajs: (person: Person, config?: Partial<KafkaConfig>) => KafkaClient;
  /** kafkajs at the brokers themselves: what is really there. */
  readonly behind: () => KafkaClient;
  readonly toolsAs: (person: Person) => Promise<KafkaTools>;
  /** Kafka's tools at the brokers themselves. */
  readonly toolsBehind: () => Promise<KafkaTools>;
  readonly kcat: (person: Person, args: readonly string[], options?: RunOptions) => Promise<Finished>;
  /** Runs `lockkeeper …` on this configuration. */
  readonly lockkeeper: (args: readonly string[], more?: Readonly<Record<string, string>>) => Promise<Finished>;
  /** Starts `lockkeeper …`, and goes on once it has printed such a line. */
  readonly lockkeeperUntil: (args: readonly string[], ready: RegExp) => Promise<RunningProcess>;
  readonly events: (filter: EventFilter) => Promise<LoggedEvent[]>;
  /** As soon as there are `count` of them. */
  readonly eventsOnce: (filter: EventFilter, count?: number) => Promise<LoggedEvent[]>;
  /** Resolves once the operational log of the gateway that runs has a line with such a text. */
  readonly logged: (text: string) => Promise<void>;
  /** All that clients printed through this gateway, and all gateway logs. */
  readonly printed: () => string;
  /** Starts the gateway again with the same files. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export const kcat = await ensureKcat();

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const kafka = options.kafka ?? sharedServers().kafka;
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-rig-"));
  const policies = join(dir, "policies");
  const left = new Set(options.withoutPolicies);
  await cp(join(root, "policies"), policies, {
    recursive: true,
    filter: (from) => !left.has(from.slice(root.length + "/policies/".length)),
  });
  const passwords = new Map(people.map(({ name }) => [name, `secret-of-${name}-${crypto.randomUUID().slice(0, 8)}`]));
  const passwordOf = (name: Person): string => passwords.get(name) ?? "";
  const brokerPassword = kafka.users["proxy"] ?? "";
  const env: Record<string, string> = {
    ...options.env,
    KAFKA_PASSWORD: brokerPassword,
    ...Object.fromEntries(people.map(({ name }) => [`${name.toUpperCase()}_PASSWORD`, passwordOf(name)])),
  };
  const configText = await testConfig({
    bootstrap: kafka.sasl,
    username: "proxy",
    policyDirectory: policies,
    users: people,
    ...(options.redisUrl === undefined ? {} : { redisUrl: options.redisUrl }),
    sections: {
      audit: {
        directory: "audit",
        key: { file: "audit.key" },
        recordings: { directory: "sessions", payloads: "masked" },
      },
      ...options.sections,
    },
  });
  const start = async (): Promise<Gateway> =>
    await startGateway({ configText, dir, env, within: options.within?.(dir) ?? [] });
  let gateway = await start();
  const logs: string[] = [];
  const outputs: string[] = [];
  const tools: KafkaTools[] = [];
  const keep = (result: Finished): Finished => {
    outputs.push(result.stdout, result.stderr);
    return result;
  };
  const newTools = async (where: readonly string[], properties: Record<string, string>): Promise<KafkaTools> => {
    const made = await kafkaTools(where, properties);
    tools.push(made);
    return made;
  };
  const events = async (filter: EventFilter): Promise<LoggedEvent[]> =>
    await Array.fromAsync(readEvents(join(dir, "audit"), filter));
  return {
    dir,
    policies,
    gateway: () => gateway,
    secrets: [brokerPassword, ...passwords.values(), ...Object.values(options.env ?? {})],
    brokerPorts: [...kafka.bootstrap, ...kafka.sasl].map((address) => address.split(":")[1] ?? ""),
    passwordOf,
    kafkajs: (person, config = {}) =>
      quietKafkaJs([gateway.bootstrap], {
        clientId: `${person}s-kafkajs`,
        sasl: { mechanism: "plain", username: person, password: passwordOf(person) },
        ...config,
      }),
    behind: () => quietKafkaJs(kafka.bootstrap, { clientId: "behind" }),
    async toolsAs(person) {
      const login = loginProperties({ mechanism: "PLAIN", username: person, password: passwordOf(person) });
      const made = await newTools([gateway.bootstrap], login);
      return { ...made, run: async (...args) => keep(await made.run(...args)) };
    },
    toolsBehind: async () => await newTools(kafka.bootstrap, {}),
    async kcat(person, args, runOptions = {}) {
      const login = [
        "security.protocol=SASL_PLAINTEXT",
        "sasl.mechanism=PLAIN",
        `sasl.username=${person}`,
        `sasl.password=${passwordOf(person)}`,
      ].flatMap((property) => ["-X", property]);
      return keep(
        await run(kcat ?? "kcat", ["-b", gateway.bootstrap, ...login, ...args], { timeoutMs: 60_000, ...runOptions }),
      );
    },
    async lockkeeper(args, more = {}) {
      // what goes over HTTP needs no configuration
      const file = args[0] === "request" ? [] : ["--config", join(dir, "lockkeeper.yaml")];
      const command = [join(root, "src", "main.ts"), ...args, ...file];
      return keep(
        await run(process.execPath, command, { env: { NODE_OPTIONS: "", ...env, ...more }, timeoutMs: 60_000 }),
      );
    },
    lockkeeperUntil: async (args, ready) =>
      await startProcess(
        process.execPath,
        [join(root, "src", "main.ts"), ...args, "--config", join(dir, "lockkeeper.yaml")],
        {
          name: `lockkeeper ${args.join(" ")}`,
          env: { NODE_OPTIONS: "", ...env },
          ready,
          logFile: join(dir, "cli.log"),
        },
      ),
    events,
    eventsOnce: async (filter, count = 1) =>
      await eventually(
        async () => {
          const found = await events(filter);
          return found.length >= count && found;
        },
        { what: `${count} × ${JSON.stringify(filter)} in the audit log` },
      ),
    logged: async (text) => {
      await eventually(() => gateway.logText().includes(text), { deadlineMs: 30_000, what: `"${text}" in the log` });
    },
    printed: () => [...outputs, ...logs, gateway.logText()].join("\n"),
    async restart() {
      logs.push(gateway.logText());
      gateway = await start();
    },
    async stop() {
      await gateway.stop();
      await Promise.all(tools.map(async (one) => await one.remove()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** kafkajs that says what it has to say in the errors that it throws, and gives up soon. */
export function quietKafkaJs(brokers: readonly string[], config: Partial<KafkaConfig>): KafkaClient {
  return new KafkaClient({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: 40_000,
    retry: { retries: 2, initialRetryTime: 100 },
    ...config,
  });
}

/** Broker ports that a text gives away. */
export function leakedPorts(rig: Rig, text: string): string[] {
  return rig.brokerPorts.filter((port) => new RegExp(`\\b${port}\\b`).test(text));
}

/** A command that must have ended well: otherwise what it printed is the error. */
export function succeeded(result: Finished): Finished {
  if (result.code !== 0) throw new Error(`it ended with code ${result.code}:\n${result.stdout}\n${result.stderr}`);
  return result;
}
