// `npm run test:clients [-- NAME …]`: every client (and franz-go's own tests: franz-go.ts) of programs.ts does all it can, at the brokers and through the gateway, and the results are
// compared. Prints one line a client and one a difference; ends with 1 when there is a difference that expected.ts does not explain.
// KEEP=FOLDER in the environment keeps the normalised reports.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeError } from "../../src/base/errors.ts";
import { startKafka } from "../../src/demo/parts/kafka.ts";
import type { Difference } from "./compare.ts";
import { isExpected } from "./expected.ts";
import { compareFranzGoTests } from "./franz-go.ts";
import { type ClientProgram, clientPrograms, commandOf } from "./programs.ts";
import { type Outcome, runBoth, type Steps } from "./report-run.ts";
import { type Stage, startStage } from "./stage.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function tryClient(client: ClientProgram, stage: Stage, steps: Steps): Promise<number> {
  const started = performance.now();
  const command = await commandOf(client, () => say(`installing what ${client.name} needs (once)`));
  const outcome = await runBoth(command, stage, steps);
  await keep(client, steps, outcome);
  const found = outcome.differences.filter((difference) => !isExpected(client.name, steps, difference));
  const failed = outcome.broker.steps.filter(({ ok }) => !ok).length;
  const crashed = [outcome.broker, outcome.gateway].filter(({ finished }) => finished.code !== 0);
  const took = `${((performance.now() - started) / 1000).toFixed(0)} s`;
  const known = outcome.differences.length - found.length;
  say(
    `${client.name}, ${steps}: ${outcome.gateway.steps.length} steps (${failed} refused by the broker), ${found.length} differences, ${known} explained, ${took}`,
  );
  for (const difference of found) say(`  ${inOneLine(difference)}`);
  for (const { finished } of crashed) say(`  ended with ${finished.code}: ${finished.stderr.slice(-2000)}`);
  return found.length + crashed.length;
}

function inOneLine({ step, path, broker, gateway }: Difference): string {
  const short = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 300);
  return `${step} ${path}: the broker ${short(broker)}, the gateway ${short(gateway)}`;
}

async function keepText(name: string, text: string): Promise<void> {
  const folder = process.env["KEEP"];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), text);
}

async function keep(client: ClientProgram, steps: Steps, outcome: Outcome): Promise<void> {
  for (const door of ["broker", "gateway"] as const) {
    const lines = outcome[door].steps.map((step) => `${JSON.stringify(step)}\n`).join("");
    const name = client.name.replaceAll(/\W+/g, "-");
    await keepText(`${name}.${steps}.${door}.json`, lines);
    await keepText(`${name}.${steps}.${door}.err`, outcome[door].finished.stderr);
  }
}

/** The name of franz-go's own tests on the command line; names after it choose some of them. */
const franzGoTests = "franz-go-tests";

async function main(names: readonly string[]): Promise<number> {
  const testNames = names.includes(franzGoTests) ? names.slice(names.indexOf(franzGoTests) + 1) : [];
  const chosen = clientPrograms.filter(({ name }) => names.length === 0 || names.includes(name));
  const kafka = await startKafka({ brokers: 2, log: say });
  try {
    const stage = await startStage(kafka);
    try {
      let problems = 0;
      for (const client of chosen) {
        for (const steps of ["all", "guarded"] as const) {
          problems += await tryClient(client, stage, steps).catch((error: unknown) => {
            say(`${client.name}, ${steps}: ${describeError(error)}`);
            return 1;
          });
        }
      }
      if (names.length === 0 || names.includes(franzGoTests)) {
        problems += await compareFranzGoTests(stage, testNames, say, keepText);
      }
      return problems;
    } finally {
      await keepText("gateway.log", stage.gatewayLog());
      await stage.stop();
    }
  } finally {
    await kafka.stop();
  }
}

try {
  process.exitCode = (await main(process.argv.slice(2))) === 0 ? 0 : 1;
} catch (error) {
  say(describeError(error));
  process.exitCode = 1;
}
