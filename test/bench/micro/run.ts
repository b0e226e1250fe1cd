// `npm run bench:micro`: the parts of the hot path alone, each in microseconds. Written to last-micro.json.
//
//   npm run bench:micro -- [--only PREFIX,…] [--rounds N] [--milliseconds N] [--before FILE] [--beside DIR] [--out FILE]
//
// Before and after a change: `--before FILE` puts an earlier result beside this one; `--beside DIR` runs the same in another checkout, in turns
// (git worktree add DIR REVISION, and node_modules there). Rounds are processes of their own, since what V8 makes of code differs between them.
import { spawn } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { aligned, type Spread, shown, spread } from "../report.ts";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "3" },
    milliseconds: { type: "string", default: "500" },
    before: { type: "string" },
    beside: { type: "string" },
    out: { type: "string", default: join(import.meta.dirname, "..", "last-micro.json") },
  },
});

/** What measure.ts writes: microseconds by case. */
type Round = readonly {
  readonly name: string;
  readonly unit: string;
  readonly limit: number | null;
  readonly microseconds: number;
}[];
interface Line {
  readonly name: string;
  readonly unit: string;
  readonly limit: number | null;
  readonly microseconds: Spread;
}

const here = join(import.meta.dirname, "..", "..", "..");

async function round(checkout: string): Promise<Round> {
  const file = join(tmpdir(), `lockkeeper-micro-${process.pid}.json`);
  const measure = join(checkout, "test", "bench", "micro", "measure.ts");
  const child = spawn(process.execPath, [measure, file, options.only, options.milliseconds], {
    cwd: checkout,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await new Promise((done) => child.once("close", done));
  if (code !== 0) throw new Error(`${measure} ended with ${String(code)}`);
  const text = await readFile(file, "utf8");
  await rm(file);
  return JSON.parse(text) as Round;
}

function linesOf(rounds: readonly Round[]): Line[] {
  return (rounds[0] ?? []).map(({ name, unit, limit }) => ({
    name,
    unit,
    limit,
    microseconds: spread(rounds.flatMap((one) => one.find((it) => it.name === name)?.microseconds ?? [])),
  }));
}

const beside = options.beside === undefined ? null : resolve(options.beside);
const ours: Round[] = [];
const theirs: Round[] = [];
for (let i = 0; i < Number(options.rounds); i++) {
  ours.push(await round(here));
  if (beside !== null) theirs.push(await round(beside));
}
const lines = linesOf(ours);
const before =
  options.before === undefined
    ? linesOf(theirs)
    : (JSON.parse(await readFile(options.before, "utf8")) as { lines: Line[] }).lines;
const rows = lines.map(({ name, unit, limit, microseconds }) => {
  const was = before.find((one) => one.name === name)?.microseconds;
  const digits = microseconds.median < 10 ? 3 : 1;
  const judged = limit === null ? "" : `${microseconds.median <= limit ? "met" : "missed"} (${limit})`;
  const compared = was === undefined ? [] : [shown(was, digits), (microseconds.median / was.median).toFixed(2)];
  return [name, shown(microseconds, digits), unit, judged, ...compared];
});
const head = ["", "microseconds", "for each", "at most", ...(before.length > 0 ? ["before", "now / before"] : [])];
process.stdout.write(`${aligned([head, ...rows])}\n\nmedian (lowest–highest) of ${options.rounds} processes\n`);
const machine = { cores: availableParallelism(), node: process.version };
await writeFile(options.out, `${JSON.stringify({ machine, lines }, undefined, 2)}\n`);
