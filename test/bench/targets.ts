// What a bench sends its clients through: the broker itself, the gateway, a pass-through that reads nothing, and every peer that can be had.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kafka } from "../../src/demo/parts/kafka.ts";
import { type KafkaTools, kafkaTools, loginProperties } from "../../src/demo/parts/kafka-tools.ts";
import { startGateway, testConfig } from "../support/gateway.ts";
import type { Destination, Login } from "./load.ts";
import { startKafkaProxy } from "./peers/kafka-proxy.ts";
import { startKroxylicious, startUpperCasing } from "./peers/kroxylicious.ts";
import type { Peer } from "./peers/peer.ts";

export interface Target extends Destination {
  readonly name: string;
  readonly tools: KafkaTools;
  /** Whose use of the machine counts; null for the broker itself. */
  readonly pid: number | null;
  /** What it does only concerns what is read. */
  readonly readsOnly: boolean;
  readonly stop: () => Promise<void>;
}

export interface Stage {
  readonly kafka: Kafka;
  /** A port that the broker tells clients of its fronted listener. */
  readonly frontPort: number;
  readonly dir: string;
  readonly say: (line: string) => void;
}

type Opening = (stage: Stage) => Promise<Opened>;
type Opened = Pick<Target, "address" | "login" | "pid"> & { readonly stop: () => Promise<unknown> };

/** Of the payload, at two depths. */
const maskedFields = ["$.customer.name", "$.customer.email", "$.customer.card"];

/** Throw NotHere where a target cannot be had on this machine. */
const openings = {
  direct: ({ kafka }) =>
    Promise.resolve({ address: kafka.bootstrap[0] ?? "", login: null, pid: null, stop: () => Promise.resolve() }),
  "pass-through": openPassThrough,
  gateway: (stage) => openGateway("gateway", [], stage),
  /** The gateway with a mask of three fields on all that is read, and nothing kept for a second reader. */
  masked: (stage) => openGateway("masked", maskedFields, stage),
  "kafka-proxy": (stage) => openPeer(startKafkaProxy, stage),
  kroxylicious: (stage) => openPeer(startKroxylicious, stage),
  "kroxylicious-upper": (stage) => openPeer(startUpperCasing, stage),
} satisfies Record<string, Opening>;

export type TargetName = keyof typeof openings;
const readOnly: ReadonlySet<TargetName> = new Set(["masked", "kroxylicious-upper"]);

export function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(openings, name);
}

export async function openTarget(name: TargetName, stage: Stage): Promise<Target> {
  const opened = await openings[name](stage);
  const { login } = opened;
  const tools = await kafkaTools([opened.address], login ? loginProperties({ mechanism: "PLAIN", ...login }) : {});
  return {
    ...opened,
    name,
    tools,
    readsOnly: readOnly.has(name),
    stop: async () => void (await Promise.all([opened.stop(), tools.remove()])),
  };
}

async function openPassThrough({ kafka, frontPort }: Stage): Promise<Opened> {
  const args = [String(frontPort), kafka.fronted[0]?.split(":")[1] ?? ""];
  const program = { file: join(import.meta.dirname, "pass-through.ts"), args };
  const { bootstrap, pid, stop } = await startGateway({ configText: "", program });
  return { address: bootstrap, login: null, pid, stop };
}

async function openPeer(
  startPeer: (options: { bootstrap: string; dir: string; say: Stage["say"] }) => Promise<Peer>,
  stage: Stage,
) {
  const { kafka, dir, say } = stage;
  return { ...(await startPeer({ bootstrap: kafka.bootstrap[0] ?? "", dir, say })), login: null };
}

/** A gateway as people run it: local account, SCRAM to the broker, a policy, the audit log, recordings of metadata. */
async function openGateway(name: string, fields: readonly string[], { kafka, dir }: Stage): Promise<Opened> {
  const policyDirectory = join(dir, `${name}-policies`);
  await mkdir(policyDirectory, { recursive: true });
  const masks = fields.map((field) => `mask contains {"rule": "${field}", "field": "${field}", "method": "redact"}`);
  const rules = ["package lockkeeper", 'allow if "bench" in input.principal.groups', ...masks];
  await writeFile(join(policyDirectory, "bench.rego"), `${rules.join("\n\n")}\n`);
  const login: Login = { username: "bench", password: "bench-password" };
  const configText = await testConfig({
    bootstrap: kafka.sasl,
    username: "proxy",
    policyDirectory,
    users: [{ name: login.username, groups: ["bench"] }],
    sections: fields.length > 0 ? { masking: { cacheBytes: 0 } } : {},
  });
  const env = { KAFKA_PASSWORD: kafka.users["proxy"] ?? "", BENCH_PASSWORD: login.password };
  const { bootstrap, pid, stop } = await startGateway({ configText, env });
  return { address: bootstrap, login, pid, stop };
}
