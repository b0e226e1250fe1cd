// What the benches of the wire share: the broker's stand-in, and the gateways beside each other that are measured.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../../src/demo/parts/ports.ts";
import type { Compression } from "../../../src/protocols/kafka/records/batch.ts";
import { type Gateway, startGateway, testConfig } from "../../support/gateway.ts";

/** Of the documents of mask/json.ts, at two depths: the same that `npm run bench` masks. */
const maskedFields = ["$.customer.name", "$.customer.email", "$.customer.card"];
const maskOf = (field: string) => ({ rule: field, field, method: "redact" });

export interface Target {
  readonly gateway: Gateway;
  readonly address: string;
  /** Of the user `bench`; null where nobody logs in. */
  readonly password: string | null;
}

/**
 * The broker's stand-in: so many partitions, a fetch of each with so many bytes, and so many topics beside the one that is used. `json`: of documents, so
 * compressed; of noise if not given.
 */
export async function startBroker(
  partitions: number,
  partitionBytes: number,
  { otherTopics = 0, json }: { readonly otherTopics?: number; readonly json?: Compression } = {},
) {
  const args = [String(partitions), String(partitionBytes), ...(json ? [json] : [])];
  const child = fork(join(import.meta.dirname, "broker.ts"), args, {
    execArgv: [],
    env: { ...process.env, BENCH_OTHER_TOPICS: String(otherTopics) },
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return { port, stop: () => void child.kill() };
}

/** The gateway of another checkout, to compare a change with what was before. */
function otherGateway(checkout: string) {
  return { file: join(checkout, "src", "main.ts"), args: ["serve", "--config", "lockkeeper.yaml"] };
}

interface TargetOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Three fields of every record are redacted, and nothing is kept for a second reader. */
  readonly masked?: boolean;
}

/** `pass-through`, `gateway`, or the path of another checkout, in front of a broker; `dir` is for its files. */
export async function openTarget(
  name: string,
  brokerPort: number,
  dir: string,
  { env = {}, masked = false }: TargetOptions = {},
): Promise<Target> {
  if (name === "pass-through") {
    const front = await freePort();
    const file = join(import.meta.dirname, "..", "pass-through.ts");
    const program = { file, args: [String(front), String(brokerPort)] };
    const gateway = await startGateway({ configText: "", program });
    return { gateway, address: gateway.bootstrap, password: null };
  }
  const policyDirectory = join(dir, "policies");
  await mkdir(policyDirectory, { recursive: true });
  const masks = masked ? maskedFields.map((field) => `mask contains ${JSON.stringify(maskOf(field))}`) : [];
  const rules = ["package lockkeeper", 'allow if "bench" in input.principal.groups', ...masks];
  await writeFile(join(policyDirectory, "bench.rego"), `${rules.join("\n\n")}\n`);
  const bootstrap = [`127.0.0.1:${brokerPort}`];
  const configText = await testConfig({
    bootstrap,
    username: "proxy",
    policyDirectory,
    users: [{ name: "bench", groups: ["bench"] }],
    sections: {
      clusters: { main: { bootstrap, login: { mechanism: "none" } } },
      ...(masked && { masking: { cacheBytes: 0 } }),
    },
  });
  const password = "bench-password";
  const program = name.startsWith("/") ? { program: otherGateway(name) } : {};
  const gateway = await startGateway({ configText, env: { BENCH_PASSWORD: password, ...env }, ...program });
  return { gateway, address: gateway.bootstrap, password };
}
