// A real Kafka cluster (KRaft) on loopback for the demo and the tests: from Maven's jars, on free ports, in a folder that goes away again.
// It is never the product's business: nothing outside demo/ and test/ imports this.
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LockkeeperError } from "../../base/errors.ts";
import { brokerLogging, ensureKafkaJars, toolsLogging } from "./kafka/jars.ts";
import { type ClusterPlan, type NodePlan, nodeProperties } from "./kafka/properties.ts";
import { freePorts, loopback } from "./ports.ts";
import { type RunningProcess, runOrFail, start } from "./process.ts";

export interface KafkaOptions {
  /** Nodes 1 to this; node 1 is controller too. 1 if not given. */
  readonly brokers?: number;
  /** A SASL_PLAINTEXT listener beside the PLAINTEXT one; on unless told otherwise. */
  readonly sasl?: boolean;
  /** ACLs decide on the SASL listener, `superUsers` may everything; on unless told otherwise. */
  readonly authorizer?: boolean;
  /** `proxy` and `admin` if not given. */
  readonly superUsers?: readonly string[];
  /** Name → password. Without a password here, the four usual users get random ones. */
  readonly users?: Readonly<Record<string, string>>;
  /** Kept when given; else a temporary folder that `stop` removes. */
  readonly dir?: string;
  /** Heap of each broker in MiB; 320 if not given. */
  readonly heapMb?: number;
  /** More lines of server.properties, which win over ours. */
  readonly extraProperties?: Readonly<Record<string, string>>;
  /**
   * For a pass-through that rewrites nothing: broker N (in order) gets one more PLAINTEXT listener, whose metadata sends clients to
   * this port of 127.0.0.1 instead of its own.
   */
  readonly frontPorts?: readonly number[];
  /** Says in one line each what is happening. */
  readonly log?: (line: string) => void;
}

export interface Kafka {
  /** `host:port` of each broker's PLAINTEXT listener, where everybody is a super user. */
  readonly bootstrap: readonly string[];
  /** `host:port` of each broker's SASL_PLAINTEXT listener: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512. Empty without SASL. */
  readonly sasl: readonly string[];
  /** `host:port` of the listeners behind `frontPorts`. */
  readonly fronted: readonly string[];
  /** Name → password: admin, proxy, alice, bob unless told otherwise. */
  readonly users: Readonly<Record<string, string>>;
  readonly clusterId: string;
  readonly version: string;
  /** The file with what a node prints. */
  readonly logFile: (node: number) => string;
  readonly pid: (node: number) => number;
  /** Ends a node in order; its data stay. */
  readonly stopNode: (node: number) => Promise<void>;
  /** Ends a node at once (SIGKILL), as a crash would. */
  readonly kill: (node: number) => Promise<void>;
  /** Starts a node that was ended, on the same ports with the same data. */
  readonly start: (node: number) => Promise<void>;
  /** Ends all nodes and removes the temporary folder. */
  readonly stop: () => Promise<void>;
}

const usualUsers = ["admin", "proxy", "alice", "bob"];

/** Boots the cluster and resolves when every broker has said that it is started. @throws {LockkeeperError} `setup-failed` */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const { classPath, version } = await ensureKafkaJars();
  const users = options.users ?? Object.fromEntries(usualUsers.map((name) => [name, randomSecret()]));
  const cluster: ClusterPlan = {
    brokers: options.brokers ?? 1,
    sasl: options.sasl ?? true,
    authorizer: options.authorizer ?? true,
    superUsers: options.superUsers ?? ["admin", "proxy"],
    users: new Map(Object.entries(users)),
    extraProperties: options.extraProperties ?? {},
  };
  const temporary = options.dir === undefined;
  const root = options.dir ?? (await mkdtemp(join(tmpdir(), "lockkeeper-kafka-")));
  const nodes = await planNodes(cluster.brokers, root, options.frontPorts ?? []);
  const files = new Map(nodes.map((node) => [node.id, join(root, String(node.id), "server.properties")]));
  const clusterId = newClusterId();
  const running = new Map<number, RunningProcess>();
  const logFile = (id: number): string => join(root, String(id), "broker.log");

  const boot = async (id: number): Promise<void> => {
    const heap = `${options.heapMb ?? 320}m`;
    const jvm = [`-Xms${heap}`, `-Xmx${heap}`, "-XX:+UseG1GC", "-XX:MaxDirectMemorySize=256m", "-XX:-UsePerfData"];
    const logging = [`-Dlog4j2.configurationFile=${brokerLogging}`, `-Dkafka.logs.dir=${join(root, String(id))}`];
    const args = [...jvm, ...logging, "-cp", classPath, "kafka.Kafka", propertiesFile(files, id)];
    const broker = await start("java", args, {
      name: `Kafka broker ${id}`,
      ready: /Kafka Server started/,
      readyMsMax: 120_000,
      logFile: logFile(id),
      orphanDirectories: temporary ? [root] : [],
    });
    running.set(id, broker);
  };
  const stopAll = async (): Promise<void> => {
    // The controller's node last: the others want to tell it that they go.
    const others = [...running].filter(([id]) => id !== 1);
    await Promise.all(others.map(async ([, broker]) => await broker.stop()));
    await running.get(1)?.stop();
    if (temporary) await rm(root, { recursive: true, force: true });
  };

  options.log?.(`formatting the storage of ${cluster.brokers} Kafka broker(s)`);
  try {
    await Promise.all(
      nodes.map(async (node) => await format(node, cluster, clusterId, classPath, propertiesFile(files, node.id))),
    );
    options.log?.(`starting Kafka ${version}`);
    await Promise.all(nodes.map(async (node) => await boot(node.id)));
  } catch (error) {
    await stopAll();
    throw error;
  }
  return {
    bootstrap: nodes.map((node) => `${loopback}:${node.plainPort}`),
    sasl: cluster.sasl ? nodes.map((node) => `${loopback}:${node.saslPort}`) : [],
    fronted: nodes.flatMap(({ front: it }) => (it === undefined ? [] : [`${loopback}:${it.port}`])),
    users,
    clusterId,
    version,
    logFile,
    pid: (id) => known(running, id).pid,
    stopNode: async (id) => await known(running, id).stop(),
    kill: async (id) => await known(running, id).kill(),
    start: boot,
    stop: stopAll,
  };
}

function known(running: ReadonlyMap<number, RunningProcess>, id: number): RunningProcess {
  const broker = running.get(id);
  if (broker === undefined) throw new LockkeeperError("setup-failed", `there is no Kafka broker ${id}`);
  return broker;
}

function propertiesFile(files: ReadonlyMap<number, string>, id: number): string {
  const file = files.get(id);
  if (file === undefined) throw new LockkeeperError("setup-failed", `there is no Kafka broker ${id}`);
  return file;
}

/** Sixteen bytes in base 64, as Kafka writes them; the first bit is clear, since a leading dash would look like an option. */
function newClusterId(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8(0) & 0x7f, 0);
  return bytes.toString("base64url");
}

/** Letters and digits only, so that it needs no quoting in a JAAS line or a shell. */
function randomSecret(): string {
  return randomBytes(12).toString("hex");
}

async function planNodes(brokers: number, root: string, frontPorts: readonly number[]): Promise<NodePlan[]> {
  const [controllerPort = 0, ...ports] = await freePorts(1 + 3 * brokers);
  return Array.from({ length: brokers }, (_, index) => ({
    id: index + 1,
    plainPort: ports[3 * index] ?? 0,
    saslPort: ports[3 * index + 1] ?? 0,
    controllerPort,
    ...front(frontPorts[index], ports[3 * index + 2]),
    dataDirectory: join(root, String(index + 1), "data"),
  }));
}

function front(advertised: number | undefined, port: number | undefined): Pick<NodePlan, "front"> {
  return advertised === undefined || port === undefined ? {} : { front: { advertised, port } };
}

/** Writes a node's properties and formats its storage; the SCRAM users enter the cluster's metadata here, with the controller's node. */
async function format(
  node: NodePlan,
  cluster: ClusterPlan,
  clusterId: string,
  classPath: string,
  file: string,
): Promise<void> {
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, nodeProperties(cluster, node), { mode: 0o600 });
  const how = node.id === 1 ? ["--standalone"] : ["--no-initial-controllers"];
  if (node.id === 1 && cluster.sasl) {
    for (const [name, password] of cluster.users) {
      for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-512"]) {
        how.push("--add-scram", `${mechanism}=[name=${name},password=${password}]`);
      }
    }
  }
  const jvm = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", `-Dlog4j2.configurationFile=${toolsLogging}`];
  const tool = ["kafka.tools.StorageTool", "format", "--cluster-id", clusterId, "--config", file, ...how];
  await runOrFail("java", [...jvm, "-cp", classPath, ...tool], "Kafka's storage could not be formatted.");
}
