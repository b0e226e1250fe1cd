// The committed messages are what the generator makes of the pinned jar. Without the jar this fails: run the set-up.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generate, locateJar } from "../../../../src/protocols/kafka/messages/generate.ts";
import { apiByKey, apis, removedApis } from "../../../../src/protocols/kafka/messages/index.ts";

const folder = join(import.meta.dirname, "../../../../src/protocols/kafka/messages");

test("regenerating changes nothing", () => {
  const files = generate(locateJar(process.env));
  const committed = readdirSync(folder).filter((name) => name.endsWith(".ts") && name !== "generate.ts");
  expect(committed.toSorted()).toEqual([...files.keys()].toSorted());
  const changed = [...files]
    .filter(([name, text]) => readFileSync(join(folder, name), "utf8") !== text)
    .map(([name]) => name);
  expect(changed).toEqual([]);
});

test("without the jar, the generator says what to do", () => {
  expect(() => generate("/nowhere/kafka-clients.jar")).toThrow(/run the set-up/);
});

test("all 95 API keys are there or known to be gone", () => {
  const keys = [...apis, ...removedApis].map(({ key }) => key).toSorted((a, b) => a - b);
  expect(keys).toEqual(Array.from({ length: 95 }, (_, key) => key));
  expect(apiByKey(1)?.name).toBe("Fetch");
});
