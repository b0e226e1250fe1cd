// The clients of the matrix: what each needs, how it is made once, and the command that runs it. Pinned versions only.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { LockkeeperError } from "../../src/base/errors.ts";
import { installOnce } from "../../src/demo/parts/cache.ts";
import { ensureKafkaJars } from "../../src/demo/parts/kafka/jars.ts";
import { runOrFail } from "../../src/demo/parts/process.ts";
import { confluentKafka, ensureKcat, pythonPackages } from "../support/clients.ts";

const here = import.meta.dirname;
const installMsMax = 10 * 60_000;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ClientProgram {
  /** As people call the library. */
  readonly name: string;
  readonly family: Family;
  /** The file or package in the family's folder. */
  readonly program: string;
  /** Part of what `npm test` runs, with the number of steps that it has at least: fewer mean that the program broke off. */
  readonly core?: { readonly core: number; readonly guarded: number };
}

type Family = "go" | "python" | "node" | "java";

export const clientPrograms = [
  { name: "franz-go", family: "go", program: "franz", core: { core: 40, guarded: 20 } },
  { name: "confluent-kafka", family: "python", program: "confluent.py", core: { core: 40, guarded: 20 } },
  { name: "kafkajs", family: "node", program: "kafkajs.mjs", core: { core: 40, guarded: 15 } },
  { name: "kcat", family: "node", program: "kcat.mjs", core: { core: 35, guarded: 17 } },
  { name: "sarama", family: "go", program: "sarama" },
  { name: "kafka-go", family: "go", program: "segmentio" },
  { name: "kafka-python", family: "python", program: "kafka_python.py" },
  { name: "aiokafka", family: "python", program: "aiokafka_client.py" },
  { name: "@platformatic/kafka", family: "node", program: "platformatic.mjs" },
  { name: "java", family: "java", program: "JavaClient.java", core: { core: 18, guarded: 11 } },
] as const satisfies readonly ClientProgram[];

/** Those of them that `npm test` runs. */
export const coreClients = clientPrograms.filter((client) => "core" in client);

/** From PyPI, by program: the client, and what it needs for every compression. */
const codecs = ["cramjam==2.14.0", "lz4==4.4.5", "python-snappy==0.7.3", "zstandard==0.25.0"];
const pythonNeeds: Readonly<Record<string, readonly string[]>> = {
  "kafka_python.py": ["kafka-python==3.0.12", ...codecs],
  "aiokafka_client.py": [
    "aiokafka==0.14.0",
    "async-timeout==5.0.1",
    "packaging==26.3",
    "typing_extensions==4.16.0",
    ...codecs,
  ],
};

/** From npm, what the project itself does not depend on. */
const nodePackages = ["@platformatic/kafka@2.12.1"];

/**
 * Makes what the client needs, once for each state of its sources, and says how to run it.
 * @param onInstall is called before anything slow
 * @throws {LockkeeperError} `setup-failed` when a toolchain or a registry is not there
 */
export async function commandOf(client: ClientProgram, onInstall: () => void = () => {}): Promise<Command> {
  return await families[client.family](client.program, onInstall);
}

const families: Readonly<Record<Family, (program: string, onInstall: () => void) => Promise<Command>>> = {
  go: async (program, onInstall) => ({ file: join(await goProgram(program, onInstall), program), args: [], env: {} }),
  python: async (program, onInstall) => ({
    file: "python3",
    args: [join(here, "python", program)],
    env: { PYTHONPATH: await pythonLibraries(program, onInstall), PYTHONDONTWRITEBYTECODE: "1" },
  }),
  node: async (program, onInstall) => ({
    file: process.execPath,
    args: [join(here, "node", program)],
    env: { NODE_OPTIONS: "", ...(await nodeNeeds[program]?.(onInstall)) },
  }),
  // Kafka's own client, from the jars that the brokers run on; a JDK runs it from source
  java: async (program, onInstall) => ({
    file: "java",
    args: [
      "-Xmx256m",
      "-XX:TieredStopAtLevel=1",
      "-XX:+UseSerialGC",
      "-cp",
      (await ensureKafkaJars(onInstall)).classPath,
      join(here, "java", program),
    ],
    env: {},
  }),
};

/** Builds a program of the folder `go` once. @returns the folder with its binary */
export async function goProgram(program: string, onInstall: () => void = () => {}): Promise<string> {
  const sources = join(here, "go");
  const files = ["go.mod", "go.sum", ...(await filesOf(sources, "report")), ...(await filesOf(sources, program))];
  const texts = await Promise.all(files.map(async (file) => await readFile(join(sources, file), "utf8")));
  const { directory } = await installOnce(`client-${program}`, texts.join("\n"), async (draft) => {
    onInstall();
    const help = "The Go clients need Go, and the Go module proxy the first time.";
    const build = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", `${draft}/`, `./${program}`];
    await runOrFail("go", build, help, { cwd: sources, timeoutMs: installMsMax });
  });
  return directory;
}

async function filesOf(sources: string, folder: string): Promise<string[]> {
  return (await readdir(join(sources, folder))).toSorted().map((file) => join(folder, file));
}

async function pythonLibraries(program: string, onInstall: () => void): Promise<string> {
  if (program === "confluent.py" || program === "writer.py")
    return await pythonPackages("confluent-kafka", [confluentKafka], onInstall);
  return await pythonPackages(`client-${program.replace(".py", "")}`, pythonNeeds[program] ?? [], onInstall);
}

const nodeNeeds: Readonly<Record<string, (onInstall: () => void) => Promise<Record<string, string>>>> = {
  "platformatic.mjs": async (onInstall) => ({ CLIENT_MODULES: await nodeLibraries(onInstall) }),
  "kcat.mjs": async (onInstall) => {
    const kcat = await ensureKcat(onInstall);
    if (kcat === undefined) throw new LockkeeperError("setup-failed", "kcat is not there: install the package kcat.");
    return { CLIENT_KCAT: kcat };
  },
};

async function nodeLibraries(onInstall: () => void): Promise<string> {
  const { directory } = await installOnce("client-libraries-node", nodePackages.join("\n"), async (draft) => {
    onInstall();
    const npm = ["install", "--prefix", draft, "--no-audit", "--no-fund", "--ignore-scripts", ...nodePackages];
    const help = "The Node clients need npm and its registry the first time.";
    await runOrFail("npm", npm, help, { timeoutMs: installMsMax });
  });
  return join(directory, "node_modules");
}
