// What the benches of the wire share: the broker's stand-in, and the gateways beside each other that are measured.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../../src/demo/parts/ports.ts";
import { type Gateway, startGateway, testConfig } from "../../support/gateway.ts";

export interface Target {
  readonly gateway: Gateway;
  readonly address: string;
  /** Of the user `bench`; null where nobody logs in. */
  readonly password: string | null;
}

/** The broker's stand-in: so many partitions, a fetch of each with so many bytes, and so many topics beside the one that is used. */
export async function startBroker(partitions: number, partitionBytes: number, otherTopics = 0) {
  const child = fork(join(import.meta.dirname, "broker.ts"), [String(partitions), String(partitionBytes)], {
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

/** `pass-through`, `gateway`, or the path of another checkout, in front of a broker; `dir` is for its files. */
export async function openTarget(
  name: string,
  brokerPort: number,
  dir: string,
  env: Readonly<Record<string, string>> = {},
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
  await writeFile(
    join(policyDirectory, "bench.rego"),
    'package lockkeeper\n\nallow if "bench" in input.principal.groups\n',
  );
  const bootstrap = [`127.0.0.1:${brokerPort}`];
  const configText = await testConfig({
    bootstrap,
    username: "proxy",
    policyDirectory,
    users: [{ name: "bench", groups: ["bench"] }],
    sections: { clusters: { main: { bootstrap, login: { mechanism: "none" } } } },
  });
  const password = "bench-password";
  const program = name.startsWith("/") ? { program: otherGateway(name) } : {};
  const gateway = await startGateway({ configText, env: { BENCH_PASSWORD: password, ...env }, ...program });
  return { gateway, address: gateway.bootstrap, password };
}
