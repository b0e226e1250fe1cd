// The clients of the matrix: what each needs, how it is made once, and the command that runs it. Pinned versions only.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { installOnce } from "../../src/demo/parts/cache.ts";
import { runOrFail } from "../../src/demo/parts/process.ts";

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
  /** Part of what `npm test` runs. */
  readonly core: boolean;
}

type Family = "go" | "python" | "node";

export const clientPrograms = [
  { name: "franz-go", family: "go", program: "franz", core: true },
  { name: "confluent-kafka", family: "python", program: "confluent.py", core: true },
  { name: "sarama", family: "go", program: "sarama", core: false },
  { name: "kafka-go", family: "go", program: "segmentio", core: false },
  { name: "kafka-python", family: "python", program: "kafka_python.py", core: false },
  { name: "aiokafka", family: "python", program: "aiokafka_client.py", core: false },
  { name: "@platformatic/kafka", family: "node", program: "platformatic.mjs", core: false },
] as const satisfies readonly ClientProgram[];

/** PyPI: the clients, and what they need for every compression. */
const pythonPackages = [
  "aiokafka==0.14.0",
  "async-timeout==5.0.1",
  "confluent-kafka==2.16.1",
  "cramjam==2.14.0",
  "kafka-python==3.0.12",
  "lz4==4.4.5",
  "packaging==26.3",
  "python-snappy==0.7.3",
  "typing_extensions==4.16.0",
  "zstandard==0.25.0",
];

const nodePackages = ["@platformatic/kafka@2.12.1", "snappy@7.4.3", "lz4-napi@2.10.0"];

/**
 * Makes what the client needs, once for each state of its sources, and says how to run it.
 * @param onInstall is called before anything slow
 * @throws {LockkeeperError} `setup-failed` when a toolchain or a registry is not there
 */
export async function commandOf(client: ClientProgram, onInstall: () => void = () => {}): Promise<Command> {
  return await families[client.family](client.program, onInstall);
}

const families: Readonly<Record<Family, (program: string, onInstall: () => void) => Promise<Command>>> = {
  go: async (program, onInstall) => ({ file: join(await goPrograms(onInstall), program), args: [], env: {} }),
  python: async (program, onInstall) => ({
    file: "python3",
    args: [join(here, "python", program)],
    env: { PYTHONPATH: await pythonLibraries(onInstall), PYTHONDONTWRITEBYTECODE: "1" },
  }),
  node: async (program, onInstall) => ({
    file: process.execPath,
    args: [join(here, "node", program)],
    env: { NODE_OPTIONS: "", CLIENT_MODULES: await nodeLibraries(onInstall) },
  }),
};

async function goPrograms(onInstall: () => void): Promise<string> {
  const sources = join(here, "go");
  const stamp = await textOf(sources);
  const { directory } = await installOnce("client-programs-go", stamp, async (draft) => {
    onInstall();
    const help = "The Go clients need Go 1.26 or later, and the Go module proxy the first time.";
    const build = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", `${draft}/`, "./..."];
    await runOrFail("go", build, help, { cwd: sources, timeoutMs: installMsMax });
  });
  return directory;
}

/** All source files of a folder as one text: what a built program depends on. */
async function textOf(directory: string): Promise<string> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  const texts = await Promise.all(paths.toSorted().map(async (path) => await readFile(path, "utf8")));
  return texts.join("\n");
}

async function pythonLibraries(onInstall: () => void): Promise<string> {
  const { directory } = await installOnce("client-libraries-python", pythonPackages.join("\n"), async (draft) => {
    onInstall();
    const pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary=:all:", "--no-deps"];
    const help = "The Python clients need python3 with pip, and PyPI the first time.";
    await runOrFail("python3", [...pip, "--target", draft, ...pythonPackages], help, { timeoutMs: installMsMax });
  });
  return directory;
}

async function nodeLibraries(onInstall: () => void): Promise<string> {
  const { directory } = await installOnce("client-libraries-node", nodePackages.join("\n"), async (draft) => {
    onInstall();
    const npm = ["install", "--prefix", draft, "--no-audit", "--no-fund", "--ignore-scripts", ...nodePackages];
    const help = "The Node clients need npm and its registry the first time.";
    await runOrFail("npm", npm, help, { timeoutMs: installMsMax });
  });
  return join(directory, "node_modules");
}
