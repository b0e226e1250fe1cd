// A gateway for one test: a real `lockkeeper serve` in a process of its own, so that its exit, its signals and its use of the CPU are real.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePortRange, loopback } from "../../src/demo/parts/ports.ts";
import { dieWithParent } from "../../src/demo/parts/process.ts";
import { nodeEnvironment, nodeFlags } from "../../src/node-flags.mjs";

const mainFile = join(import.meta.dirname, "..", "..", "src", "main.ts");
const readyMsMax = 60_000;
const stopMsMax = 20_000;
/** Brokers that a test cluster may have: node ids 0 to this one get a port. */
const nodeIdMax = 9;

/** What `lockkeeper serve` sends over IPC (`process.send`) once every listener accepts connections. */
export interface GatewayReady {
  readonly type: "ready";
  /** In the order of the configuration; `address` is the clients' bootstrap address, host:port. */
  readonly listeners: readonly { readonly cluster: string; readonly address: string }[];
  /** host:port of the control API. */
  readonly control: string | null;
}

export interface GatewayOptions {
  /** lockkeeper.yaml as text. */
  readonly configText: string;
  /** Where the configuration is written (relative paths in it start here); a temporary folder, removed by `stop`, if not given. */
  readonly dir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Words of a command that runs it in its place and as this process, such as `unshare`. */
  readonly within?: readonly string[];
  /** Another program that keeps the same contract; `serve --config FILE` of ours if not given. */
  readonly program?: { readonly file: string; readonly args: readonly string[] };
}

export interface Gateway {
  readonly pid: number;
  readonly dir: string;
  /** The first listener's bootstrap address. */
  readonly bootstrap: string;
  readonly ready: GatewayReady;
  /** All that it has written to standard error so far: the operational log, JSON lines. */
  readonly logText: () => string;
  /** Resolves with the exit code (128 + 9 or 15 for a signal) when it has ended. */
  readonly ended: Promise<number>;
  readonly signal: (name: NodeJS.Signals) => void;
  /** SIGTERM, and SIGKILL after 20 s. @returns the exit code */
  readonly stop: () => Promise<number>;
}

/** Starts a gateway and resolves when it accepts connections; fails with its log when it ends before that. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "lockkeeper-gateway-")));
  const configFile = join(dir, "lockkeeper.yaml");
  await writeFile(configFile, options.configText);
  const program = options.program ?? { file: mainFile, args: ["serve", "--config", configFile] };
  const [wrapper, ...words] = options.within ?? [];
  const child = fork(program.file, program.args, {
    cwd: dir,
    ...(wrapper === undefined ? {} : { execPath: wrapper }),
    // A fork inherits vitest's flags otherwise.
    execArgv: wrapper === undefined ? [...nodeFlags] : [...words, process.execPath, ...nodeFlags],
    env: { ...nodeEnvironment, ...process.env, NODE_OPTIONS: "", ...options.env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
  });
  dieWithParent(child, options.dir === undefined ? [dir] : []);
  const ended = once(child, "exit").then(([code, signal]) => exitCode(code, signal));
  const logText = keepText(child);
  const remove = async (): Promise<void> => {
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
  };
  const ready = await whenReady(child, ended, logText).catch(async (error: unknown) => {
    child.kill("SIGKILL");
    await remove();
    throw error;
  });
  // The IPC channel stays open: the gateway takes its end for a sign that nobody needs it any more.
  return {
    pid: child.pid ?? 0,
    dir,
    bootstrap: ready.listeners[0]?.address ?? "",
    ready,
    logText,
    ended,
    signal: (name) => void child.kill(name),
    stop: async () => {
      const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
      child.kill("SIGTERM");
      const code = await ended;
      clearTimeout(timer);
      await remove();
      return code;
    },
  };
}

function exitCode(code: unknown, signal: unknown): number {
  if (typeof code === "number") return code;
  return signal === "SIGKILL" ? 137 : 143;
}

function keepText(child: ChildProcess): () => string {
  let text = "";
  const append = (chunk: Buffer): void => {
    text += chunk.toString("utf8");
  };
  child.stderr?.on("data", append);
  // What it prints is nobody's here, but a full pipe would stop it.
  child.stdout?.resume();
  return () => text;
}

async function whenReady(child: ChildProcess, ended: Promise<number>, logText: () => string): Promise<GatewayReady> {
  const result = Promise.withResolvers<GatewayReady>();
  const fail = (what: string): void => result.reject(new Error(`the gateway ${what}. Its log:\n${logText()}`));
  const timer = setTimeout(() => fail(`was not ready after ${readyMsMax} ms`), readyMsMax);
  child.on("message", (message) => {
    if (isReady(message)) result.resolve(message);
  });
  void ended.then((code) => fail(`ended with code ${code}`));
  try {
    return await result.promise;
  } finally {
    clearTimeout(timer);
  }
}

function isReady(message: unknown): message is GatewayReady {
  return typeof message === "object" && message !== null && "type" in message && message.type === "ready";
}

export interface TestConfig {
  /** Real brokers: Kafka's `sasl` addresses. */
  readonly bootstrap: readonly string[];
  /** The gateway's own password at the broker is read from KAFKA_PASSWORD. */
  readonly username: string;
  readonly policyDirectory: string;
  /** Local accounts; each one's password is read from NAME_PASSWORD in capitals. */
  readonly users: readonly { readonly name: string; readonly groups: readonly string[] }[];
  readonly redisUrl?: string;
  /** Replace whole sections. */
  readonly sections?: Readonly<Record<string, unknown>>;
}

/** A lockkeeper.yaml for tests: one cluster `main`, one listener on free ports, PLAIN, everything else in its folder. */
export async function testConfig(options: TestConfig): Promise<string> {
  const nodes = await freePortRange(nodeIdMax + 1);
  const login = { mechanism: "scram-sha-256", username: options.username, password: { env: "KAFKA_PASSWORD" } };
  const users = options.users.map(({ name, groups }) => ({
    name,
    password: { env: `${name.toUpperCase()}_PASSWORD` },
    groups,
  }));
  return stringify({
    clusters: { main: { bootstrap: options.bootstrap, login } },
    listeners: [{ cluster: "main", bind: `${loopback}:0`, nodes: `${loopback}:${nodes}`, mechanisms: ["plain"] }],
    identity: { users },
    policy: { directory: options.policyDirectory },
    ...(options.redisUrl === undefined ? {} : { approvals: { redis: options.redisUrl } }),
    audit: { directory: "audit", key: { file: "audit.key" }, recordings: { directory: "sessions" } },
    control: { bind: `${loopback}:0` },
    ...options.sections,
  });
}
