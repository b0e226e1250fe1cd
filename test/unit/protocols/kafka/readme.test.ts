// The page of Kafka's APIs is what its generator makes, and says what the rules do.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { judgedBy, readme } from "../../../../src/protocols/kafka/readme.ts";
import { requestFrame } from "../../../support/frames.ts";
import { stepOf } from "../../../support/scenario.ts";
import { given, sweeps, sweptRequest } from "./requests.ts";

const page = join(import.meta.dirname, "../../../../src/protocols/kafka/README.md");
const rows = readme()
  .split("\n")
  .filter((line) => /^\| \d/.test(line));

test("regenerating changes nothing", () => {
  expect(readme()).toBe(readFileSync(page, "utf8"));
});

test("there is a row for each of the 95 keys, and none without a reason", () => {
  expect(rows.map((row) => Number(row.split(" | ")[0]?.slice(2)))).toEqual(Array.from({ length: 95 }, (_, key) => key));
  expect(rows.filter((row) => /\|\s+\|$|no rule of ours/.test(row))).toEqual([]);
});

test("what each API is judged by is what its rule describes", async () => {
  const described = new Map<string, Set<string>>();
  for (const sweep of sweeps) {
    const step = await stepOf(requestFrame(sweep.rule.api, sweep.version, sweptRequest(sweep)), given);
    if (step.kind !== "exchange") throw new Error(step.kind);
    const names = described.get(sweep.rule.api.name) ?? new Set();
    for (const { name } of step.exchange.operations) names.add(name);
    described.set(sweep.rule.api.name, names);
  }
  const wrong = Object.entries(judgedBy).filter(
    ([api, { by }]) => by.toSorted().join() !== [...(described.get(api) ?? [])].toSorted().join(),
  );
  expect(wrong).toEqual([]);
  const unsaid = [...described].filter(
    ([api]) => !judgedBy[api] && !rows.some((row) => row.includes(`| ${api} |`) && row.includes("judged as a whole")),
  );
  expect(unsaid).toEqual([]);
});
