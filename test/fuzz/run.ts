// `npm run fuzz -- [--minutes N] [--seed S] [NAME…]`: each target for N minutes (10), one after the other. A finding is printed with what repeats it, and
// the exit code is 1. The seed is random and printed where none is given.
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";
import { fuzzTargets } from "./targets/index.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const unknown = positionals.filter((name) => !fuzzTargets.some((target) => target.name === name));
if (unknown.length > 0) {
  say(`There is no target ${unknown.join(", ")}. There are: ${fuzzTargets.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}

const chosen = fuzzTargets.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
for (const target of chosen) {
  say(`${target.name}, seed ${values.seed}: ${target.what}`);
  const options = {
    seed: Number(values.seed),
    casesMax: Number.POSITIVE_INFINITY,
    msMax: Number(values.minutes) * 60_000,
  };
  const { cases, ways, slowestMs, memoryMiB, finding } = await fuzz(target, options);
  say(`  ${cases} cases, ${ways} ways, slowest ${slowestMs.toFixed(0)} ms, at most ${memoryMiB.toFixed(0)} MiB`);
  if (!finding) continue;
  say(`  FOUND in case ${finding.case}: ${finding.what}\n  input: ${finding.input}`);
  process.exitCode = 1;
}
process.exit();
