// The clients of the table: those of the matrix that people administer with, Kafka's own AdminClient, and kafkajs.
import { join } from "node:path";
import { ensureKafkaJars } from "../../../src/demo/parts/kafka/jars.ts";
import { type Command, clientPrograms, commandOf } from "../programs.ts";
import { type Act, acts } from "./cases.ts";

export interface TableClient {
  readonly name: string;
  readonly acts: readonly Act[];
  /** Part of what `npm test` runs. */
  readonly core: boolean;
  command(onInstall: () => void): Promise<Command>;
}

const here = join(import.meta.dirname, "..");
/** A short life: no optimizing compiler. */
const briefJvm = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"];

function fromMatrix(name: (typeof clientPrograms)[number]["name"]): TableClient["command"] {
  return async (onInstall) => {
    const program = clientPrograms.find((one) => one.name === name);
    if (program === undefined) throw new Error(`${name} is not in the matrix`);
    return await commandOf(program, onInstall);
  };
}

export const tableClients = [
  {
    name: "Java AdminClient",
    acts,
    core: true,
    async command(onInstall) {
      const { classPath } = await ensureKafkaJars(onInstall);
      return { file: "java", args: [...briefJvm, "-cp", classPath, join(here, "java", "Act.java")], env: {} };
    },
  },
  { name: "librdkafka (confluent-kafka)", acts, core: true, command: fromMatrix("confluent-kafka") },
  { name: "franz-go", acts, core: false, command: fromMatrix("franz-go") },
  { name: "sarama", acts, core: false, command: fromMatrix("sarama") },
  {
    name: "kafkajs",
    acts: acts.filter((act) => act !== "IncrementalAlterConfigs"),
    core: true,
    command: () =>
      Promise.resolve({
        file: process.execPath,
        args: [join(here, "node", "kafkajs-act.mjs")],
        env: { NODE_OPTIONS: "" },
      }),
  },
  {
    name: "@platformatic/kafka",
    acts,
    core: false,
    async command(onInstall) {
      const { file, env } = await fromMatrix("@platformatic/kafka")(onInstall);
      return { file, args: [join(here, "node", "platformatic-act.mjs")], env };
    },
  },
] as const satisfies readonly TableClient[];
