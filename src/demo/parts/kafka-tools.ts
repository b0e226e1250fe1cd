// Kafka's own command line tools (kafka-topics.sh and the like, without the scripts): real clients to try the gateway with.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureKafkaJars, toolsLogging } from "./kafka/jars.ts";
import { type Finished, run } from "./process.ts";

/** The name that people know (kafka-NAME.sh) → the class behind it. */
const classes = {
  acls: "AclCommand",
  "broker-api-versions": "BrokerApiVersionsCommand",
  configs: "ConfigCommand",
  "console-consumer": "consumer.ConsoleConsumer",
  "console-producer": "ConsoleProducer",
  "console-share-consumer": "consumer.ConsoleShareConsumer",
  "consumer-groups": "consumer.group.ConsumerGroupCommand",
  "consumer-perf-test": "ConsumerPerformance",
  "delete-records": "DeleteRecordsCommand",
  "get-offsets": "GetOffsetShell",
  groups: "GroupsCommand",
  "leader-election": "LeaderElectionCommand",
  "log-dirs": "LogDirsCommand",
  "metadata-quorum": "MetadataQuorumCommand",
  "producer-perf-test": "ProducerPerformance",
  "reassign-partitions": "reassign.ReassignPartitionsCommand",
  "share-groups": "consumer.group.ShareGroupCommand",
  "streams-groups": "streams.StreamsGroupCommand",
  topics: "TopicCommand",
  transactions: "TransactionsCommand",
} as const;

export type KafkaToolName = keyof typeof classes;

export interface ToolOptions {
  /** Lines for standard input, as console-producer reads them. */
  readonly input?: string;
  /** After so long it is killed; 60 s if not given. */
  readonly timeoutMs?: number;
}

export interface KafkaTools {
  /** Runs a tool with its usual arguments; `--bootstrap-server` and `--command-config` are added. A failure is in `code`, not thrown. */
  readonly run: (name: KafkaToolName, args: readonly string[], options?: ToolOptions) => Promise<Finished>;
  /** The client properties file, for commands that are shown to people. */
  readonly propertiesFile: string;
  readonly remove: () => Promise<void>;
}

export interface ToolLogin {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  readonly username: string;
  readonly password: string;
}

/** The client properties for a SASL login; without one, none are needed. */
export function loginProperties(login: ToolLogin): Record<string, string> {
  const module = login.mechanism === "PLAIN" ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
  return {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": login.mechanism,
    "sasl.jaas.config": `org.apache.kafka.common.security.${module} required username="${login.username}" password="${login.password}";`,
  };
}

/** What runs for a second starts sooner without the optimizing compiler; what measures needs it. */
const briefJvm = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"];
const measuringJvm = ["-Xmx512m"];

/**
 * Tools that talk to `bootstrap` with these client properties. They are written to a file that only we can read; `remove` deletes it.
 * @throws {LockkeeperError} `setup-failed` when Kafka's jars cannot be had
 */
export async function kafkaTools(
  bootstrap: readonly string[],
  properties: Readonly<Record<string, string>> = {},
): Promise<KafkaTools> {
  const { classPath } = await ensureKafkaJars();
  const directory = await mkdtemp(join(tmpdir(), "lockkeeper-tools-"));
  const propertiesFile = join(directory, "client.properties");
  const text = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(propertiesFile, text.join(""), { mode: 0o600 });
  return {
    propertiesFile,
    run: async (name, args, options = {}) => {
      const jvm = name.endsWith("-perf-test") ? measuringJvm : briefJvm;
      const java = [...jvm, `-Dlog4j2.configurationFile=${toolsLogging}`, "-cp", classPath];
      const where = ["--bootstrap-server", bootstrap.join(","), "--command-config", propertiesFile];
      const command = [...java, `org.apache.kafka.tools.${classes[name]}`, ...where, ...args];
      return await run("java", command, { timeoutMs: 60_000, ...options });
    },
    remove: async () => await rm(directory, { recursive: true, force: true }),
  };
}
