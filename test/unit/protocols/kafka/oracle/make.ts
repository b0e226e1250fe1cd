// Writes the questions for Oracle.java: for each message its first, its first flexible and its last version, one random value.
//   node test/unit/protocols/kafka/oracle/make.ts questions.txt
//   java -cp kafka-clients-4.4.0.jar:jackson-core.jar:jackson-databind.jar:jackson-annotations.jar:slf4j-api.jar Oracle.java questions.txt wire.txt
// The answers are committed as wire.txt. To be done again when Kafka's version changes.
import { writeFileSync } from "node:fs";
import * as fc from "fast-check";
import { apis } from "../../../../../src/protocols/kafka/messages/index.ts";
import type { AnyStruct, Message } from "../../../../../src/protocols/kafka/schema.ts";
import { valueOf } from "../../../../property/kafka-values.ts";

const bytesMax = 200;
/** Kafka's writer keeps this tag for itself. */
const javaEndTag = "ffffffff07";

function question(message: Message<unknown>, version: number): string {
  const values = valueOf(message.struct as AnyStruct, version, message.isFlexible(version));
  const samples = fc
    .sample(values, { numRuns: 60, seed: 1 })
    .map((value) => message.encode(value, version).toString("hex"));
  const fitting = samples.filter((hex) => hex.length <= 2 * bytesMax && !hex.includes(javaEndTag));
  return fitting.reduce((longest, hex) => (hex.length > longest.length ? hex : longest), "");
}

const questions = apis.flatMap(({ key, request, response }) =>
  (["request", "response"] as const).flatMap((direction) => {
    const message: Message<unknown> = direction === "request" ? request : response;
    const { min, max } = message.versions;
    const versions = new Set([min, Math.max(min, message.flexibleFrom ?? min), max]);
    return [...versions].map((version) => `${key} ${direction} ${version} ${question(message, version)}`);
  }),
);
writeFileSync(process.argv[2] ?? "questions.txt", `${questions.join("\n")}\n`);
