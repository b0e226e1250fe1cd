// Kafka's own classes and our codec agree on every API and version, byte for byte and field for field, with random content: they read what we write,
// and write, from the bytes as well as from our reading of them, the same bytes again. Needs Kafka's jar and a JDK: run the set-up.
// ORACLE_SEED chooses other content, ORACLE_VALUES more of it than twenty values a version.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ensureKafkaJars } from "../../../../src/demo/parts/kafka/jars.ts";
import { run } from "../../../../src/demo/parts/process.ts";
import { apis } from "../../../../src/protocols/kafka/messages/index.ts";
import { type AnyStruct, type Message, noTaggedFields } from "../../../../src/protocols/kafka/schema.ts";
import { valueOf } from "../../../property/kafka-values.ts";
import { asKafkaSays, exactIntegers, kafkaJson } from "./oracle/kafka-json.ts";

const seed = Number(process.env["ORACLE_SEED"] ?? 20_261_126);
const valuesEach = Number(process.env["ORACLE_VALUES"] ?? 20);

interface Question {
  readonly name: string;
  readonly message: Message<unknown>;
  readonly version: number;
  readonly line: string;
  readonly bytes: Buffer;
  readonly hasUnknownTags: boolean;
}

function questionsOf(key: number, direction: "request" | "response", message: Message<unknown>): Question[] {
  const { min, max } = message.versions;
  const versions = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  return versions.flatMap((version) => {
    const values = valueOf(message.struct as AnyStruct, version, message.isFlexible(version));
    return fc.sample(values, { numRuns: valuesEach, seed: seed + key * 100 + version }).map((sample, index) => {
      // Kafka's JSON has no unknown tags: half of the values are without
      const value = index % 2 === 0 ? withoutUnknownTags(sample) : sample;
      const bytes = message.encode(value, version);
      const json = kafkaJson(message.struct as AnyStruct, value, version);
      return {
        name: `${message.name} v${version}`,
        message,
        version,
        bytes,
        line: `${key} ${direction} ${version} ${bytes.toString("hex")} ${json}\n`,
        hasUnknownTags: hasUnknownTags(value),
      };
    });
  });
}

function hasUnknownTags(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return false;
  const tags = (value as { unknownTaggedFields?: readonly unknown[] }).unknownTaggedFields;
  return (tags !== undefined && tags.length > 0) || Object.values(value).some(hasUnknownTags);
}

function withoutUnknownTags(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) return value.map(withoutUnknownTags);
  const fields = Object.entries(value).map(([name, each]) => [name, withoutUnknownTags(each)]);
  const bare = Object.fromEntries(fields) as object;
  return "unknownTaggedFields" in value ? { ...bare, unknownTaggedFields: noTaggedFields } : bare;
}

/** One Java for all questions: the classes of the jar, compiled against at this moment. */
async function askKafka(lines: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "lockkeeper-oracle-"));
  try {
    const [questions, answers] = [join(folder, "questions.txt"), join(folder, "answers.txt")];
    await writeFile(questions, lines.join(""));
    const { classPath } = await ensureKafkaJars();
    const source = join(import.meta.dirname, "oracle", "Oracle.java");
    const { code, stderr } = await run("java", ["-cp", classPath, source, questions, answers]);
    if (code !== 0)
      throw new Error(`Kafka's classes did not answer; a JDK 17 or later is needed.\n${stderr.slice(-2000)}`);
    return (await readFile(answers, "utf8")).trimEnd().split("\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What is wrong with Kafka's answer, or null. */
function complaint({ message, version, bytes, hasUnknownTags: tagged }: Question, answer: string): string | null {
  const [json = "", fromBytes, fromJson] = answer.split("\t");
  if (fromBytes === undefined) return answer;
  const hex = bytes.toString("hex");
  if (fromBytes !== hex) return `Kafka writes ${fromBytes} for what it reads in ${hex}`;
  if (!tagged && fromJson !== hex) return `Kafka writes ${fromJson} for our JSON of ${hex}`;
  const value = message.decode(bytes, 0, version);
  if (!message.encode(value, version).equals(bytes)) return `we write back something else than ${hex}`;
  const theirs: unknown = JSON.parse(json, exactIntegers);
  const ours = asKafkaSays(message.struct as AnyStruct, value, theirs);
  return isDeepStrictEqual(ours, theirs) ? null : `Kafka reads ${json} in ${hex}`;
}

const questions = apis.flatMap(({ key, request, response }) => [
  ...questionsOf(key, "request", request),
  ...questionsOf(key, "response", response),
]);

test(`${questions.length} random messages of every API and version are to Kafka what they are to us (seed ${seed})`, async () => {
  const answers = await askKafka(questions.map(({ line }) => line));
  expect(answers).toHaveLength(questions.length);
  const wrong = questions.flatMap((question, index) => {
    const what = complaint(question, answers[index] ?? "no answer");
    return what === null ? [] : [`${question.name}: ${what}`];
  });
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(wrong).toHaveLength(0);
});

test("there is a question for every version of every message, and most say the whole of it", () => {
  const asked = new Set(questions.map(({ name }) => name));
  const all = apis.flatMap(({ request, response }) => [request, response]);
  const versions = all.reduce((sum, { versions: { min, max } }) => sum + max - min + 1, 0);
  expect(asked.size).toBe(versions);
  const whole = new Set(questions.filter(({ hasUnknownTags: tagged }) => !tagged).map(({ name }) => name));
  expect(whole.size).toBe(versions);
});
