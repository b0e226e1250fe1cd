// Clients that tests drive beside those from npm and Kafka's jars: kcat (librdkafka, from Debian) and confluent-kafka (librdkafka, for Python).
// Where one cannot be had it is undefined, and a test that needs it says so by skipping: never by passing.
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { installOnce } from "../../src/demo/parts/cache.ts";
import { type Finished, type RunOptions, run, runOrFail } from "../../src/demo/parts/process.ts";

export const confluentKafka = "confluent-kafka==2.16.1";
const installMsMax = 5 * 60_000;

export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, name);
    const usable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== "" && usable) return file;
  }
  return undefined;
}

/** The path of kcat; where there is none, root on a machine with apt-get installs it. Undefined when it cannot be had. */
export async function ensureKcat(onInstall: () => void = () => {}): Promise<string | undefined> {
  return await installDebian("kcat", onInstall);
}

/** The path of a program that Debian has in a package of the same name, installed where we may. Undefined when it cannot be had. */
export async function installDebian(name: string, onInstall: () => void = () => {}): Promise<string | undefined> {
  const present = await findProgram(name);
  const mayInstall = process.getuid?.() === 0 && (await findProgram("apt-get")) !== undefined;
  if (present !== undefined || !mayInstall) return present;
  onInstall();
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, timeoutMs: installMsMax };
  const install = ["install", "-y", "-q", "--no-install-recommends", name];
  // A list of packages may be missing or old: a second try with a fresh one.
  const first = await run("apt-get", install, options);
  if (first.code !== 0) {
    await run("apt-get", ["update", "-q"], options);
    await run("apt-get", install, options);
  }
  return await findProgram(name);
}

export interface Python {
  /** Runs a program text with confluent-kafka importable. */
  readonly run: (program: string, args?: readonly string[], options?: RunOptions) => Promise<Finished>;
}

/** Python 3 with a pinned confluent-kafka. */
export async function ensurePython(onInstall: () => void = () => {}): Promise<Python> {
  const directory = await pythonPackages("confluent-kafka", [confluentKafka], onInstall);
  return {
    run: async (program, args = [], options = {}) =>
      await run("python3", ["-c", program, ...args], { ...options, env: { ...options.env, PYTHONPATH: directory } }),
  };
}

/**
 * Pinned packages in a folder of the cache, for PYTHONPATH: no virtual environment, for which Debian wants another package.
 * @param packages all of them, those that others need too: `name==version`
 * @returns the folder
 */
export async function pythonPackages(
  name: string,
  packages: readonly string[],
  onInstall: () => void,
): Promise<string> {
  const { directory } = await installOnce(`python-${name}`, packages.join("\n"), async (draft) => {
    onInstall();
    const pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary=:all:", "--no-deps"];
    const help = "The Python clients need python3 with pip, and PyPI the first time.";
    await runOrFail("python3", [...pip, "--target", draft, ...packages], help, { timeoutMs: installMsMax });
  });
  return directory;
}
