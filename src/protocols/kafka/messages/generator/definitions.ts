// Reads Kafka's message definitions: JSON with comment lines inside the kafka-clients jar. Only facts are taken (names, types,
// versions, defaults); the prose in them is dropped here.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { z } from "zod";
import { LockkeeperError } from "../../../../base/errors.ts";

export const kafkaVersion = "4.4.0";

const jarName = `kafka-clients-${kafkaVersion}.jar`;

/** Where the pinned jar may lie, best first. `environment` is the process's. */
export function jarPaths(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const named = environment["LOCKKEEPER_KAFKA_CLIENTS_JAR"];
  return [
    ...(named === undefined ? [] : [named]),
    join(homedir(), ".m2/repository/org/apache/kafka/kafka-clients", kafkaVersion, jarName),
    join(homedir(), ".cache/kafka-rig/kafka", `libs-${kafkaVersion}`, jarName),
  ];
}

export interface FieldDefinition {
  readonly name: string;
  readonly type: string;
  readonly versions: string;
  readonly nullableVersions?: string | undefined;
  readonly taggedVersions?: string | undefined;
  readonly tag?: number | undefined;
  readonly ignorable?: boolean | undefined;
  /** Only ever `none`: the client id keeps its old form in flexible request headers. */
  readonly flexibleVersions?: "none" | undefined;
  readonly default?: string | number | boolean | undefined;
  readonly fields?: readonly FieldDefinition[] | undefined;
}

const fieldDefinition: z.ZodType<FieldDefinition> = z.lazy(() =>
  z.object({
    name: z.string(),
    type: z.string(),
    versions: z.string(),
    nullableVersions: z.string().optional(),
    taggedVersions: z.string().optional(),
    tag: z.number().optional(),
    ignorable: z.boolean().optional(),
    flexibleVersions: z.literal("none").optional(),
    default: z.union([z.string(), z.number(), z.boolean()]).optional(),
    fields: z.array(fieldDefinition).optional(),
  }),
);

const commonStruct = z.object({ name: z.string(), versions: z.string(), fields: z.array(fieldDefinition) });

const messageDefinition = z.object({
  name: z.string(),
  type: z.enum(["request", "response", "header", "data", "metadata", "coordinator-key", "coordinator-value"]),
  apiKey: z.number().optional(),
  listeners: z.array(z.enum(["broker", "controller"])).default([]),
  validVersions: z.string(),
  flexibleVersions: z.string().default("none"),
  latestVersionUnstable: z.boolean().default(false),
  fields: z.array(fieldDefinition).default([]),
  commonStructs: z.array(commonStruct).default([]),
});

export type MessageDefinition = z.infer<typeof messageDefinition>;

/** Every definition of the jar, by message name. Throws `setup-failed` when the jar is not there. */
export function readDefinitions(jarPath: string): ReadonlyMap<string, MessageDefinition> {
  const entries = unzipSync(readJar(jarPath), {
    filter: ({ name }) => name.startsWith("common/message/") && name.endsWith(".json"),
  });
  const definitions = Object.values(entries).map((bytes) => {
    const text = new TextDecoder().decode(bytes).replaceAll(/^\s*\/\/.*$/gm, "");
    return messageDefinition.parse(JSON.parse(text));
  });
  return new Map(definitions.map((definition) => [definition.name, definition]));
}

function readJar(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new LockkeeperError("setup-failed", `${jarName} was not found: run the set-up (npm run setup)`, { cause });
  }
}

export type Range = readonly [from: number, to: number];

/** `"3+"`, `"0-4"`, `"2"` within `outer`; null for `none` and where nothing is left. */
export function clip(text: string | undefined, outer: Range): Range | null {
  if (text === undefined || text === "none") return null;
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text);
  if (match === null) throw new Error(`not a version range: ${text}`);
  const from = Number(match[1]);
  const to = match[2] === "+" ? outer[1] : Number(match[3] ?? match[1]);
  const clipped: Range = [Math.max(from, outer[0]), Math.min(to, outer[1])];
  return clipped[0] <= clipped[1] ? clipped : null;
}
