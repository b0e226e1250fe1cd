// Kafka's own jars, fetched once through Maven: the broker, and the command line tools. The versions are in pom.xml beside this file.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { LockkeeperError } from "../../../base/errors.ts";
import { installOnce } from "../cache.ts";
import { runOrFail } from "../process.ts";

const here = import.meta.dirname;
const fetchMsMax = 15 * 60_000;

export const brokerLogging = join(here, "log4j2-broker.properties");
export const toolsLogging = join(here, "log4j2-tools.properties");

export interface KafkaJars {
  /** For `java -cp`. */
  readonly classPath: string;
  readonly version: string;
  /** Whether they were fetched by this call. */
  readonly made: boolean;
}

/**
 * @param onFetch called before they are fetched, if they must be
 * @throws {LockkeeperError} `setup-failed` when Maven or Java is missing, or the jars cannot be fetched
 */
export async function ensureKafkaJars(onFetch: () => void = () => {}): Promise<KafkaJars> {
  const pom = join(here, "pom.xml");
  const text = await readFile(pom, "utf8");
  const version = /<kafka\.version>([^<]+)</.exec(text)?.[1];
  if (version === undefined) throw new LockkeeperError("setup-failed", `${pom} names no Kafka version`);
  const stamp = createHash("sha256").update(text).digest("hex");
  const { directory, made } = await installOnce(`kafka-${version}`, stamp, async (draft) => {
    onFetch();
    await fetchJars(pom, draft);
  });
  return { classPath: join(directory, "*"), version, made };
}

const javaHelp = "Kafka's broker needs Java 17 or later: install a JRE (Debian: apt-get install default-jre-headless).";
const mavenHelp =
  "Kafka's jars come through Maven, from Maven Central: install Maven (Debian: apt-get install maven) and be online the first time.";

/** Fetches what a pom.xml lists, with all that it needs, into a folder. @throws {LockkeeperError} `setup-failed` */
export async function fetchJars(pom: string, directory: string): Promise<void> {
  await runOrFail("java", ["-version"], javaHelp);
  // Maven works beside a copy, so that nothing is written into the checkout.
  const work = join(directory, "maven");
  await mkdir(work);
  const copy = join(work, "pom.xml");
  await copyFile(pom, copy);
  const goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", `-DoutputDirectory=${directory}`];
  await runOrFail("mvn", ["-q", "-B", "-f", copy, ...goal], mavenHelp, { timeoutMs: fetchMsMax });
  await rm(work, { recursive: true });
}
