// `npm run test:approvals-table [-- CLIENT …]`: every client in every case, and the table in README.md made anew from what they printed.
// With names it prints the table of those clients only. Ends with 1 when the broker did not execute exactly what it must have.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeError } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import { startKafka } from "../../../src/demo/parts/kafka.ts";
import { startRedis } from "../../../src/demo/parts/redis.ts";
import { acts, cases } from "./cases.ts";
import { type TableClient, tableClients } from "./clients.ts";
import { type Outcome, runCase } from "./run.ts";
import { startTableStage, type TableStage } from "./stage.ts";
import { type Row, tableOf } from "./table.ts";

const readme = join(import.meta.dirname, "..", "..", "..", "README.md");
const [begin, end] = ["<!-- approvals-table: npm run test:approvals-table -->\n", "<!-- /approvals-table -->"];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function rowOf(client: TableClient, stage: TableStage): Promise<Row> {
  const command = await client.command(() => say(`getting what ${client.name} needs (once)`));
  const outcomes: Record<string, readonly Outcome[]> = {};
  await Promise.all(
    cases.map(async (one) => {
      outcomes[one.name] = await runCase(command, client.acts, one, stage);
      say(`${client.name}, ${one.title}: ${summary(outcomes[one.name] ?? [])}`);
    }),
  );
  return { client: client.name, outcomes, lacks: acts.filter((act) => !client.acts.includes(act)) };
}

function summary(outcomes: readonly Outcome[]): string {
  const wrong = outcomes.filter(({ problem }) => problem !== null).map(({ act, problem }) => `${act}: ${problem}`);
  return wrong.length === 0 ? "as it must be" : wrong.join("; ");
}

async function writeTable(table: string): Promise<void> {
  const text = await readFile(readme, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has no place for the table: ${begin.trim()} … ${end}`);
  await writeFile(readme, `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`);
}

async function main(names: readonly string[]): Promise<number> {
  await using parts = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-table-redis-"));
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  const redis = await startRedis({ dir, log: silentLog });
  parts.defer(() => redis.stop());
  const kafka = await startKafka({ brokers: 1, log: say });
  parts.defer(() => kafka.stop());
  const stage = await startTableStage({ kafka, redisUrl: redis.url });
  parts.defer(() => stage.stop());
  const rows: Row[] = [];
  for (const client of tableClients) {
    if (names.length === 0 || names.includes(client.name)) rows.push(await rowOf(client, stage));
  }
  const table = tableOf(rows, cases);
  say(table);
  if (names.length === 0) await writeTable(table);
  return rows.flatMap(({ outcomes }) => Object.values(outcomes).flat()).filter(({ problem }) => problem !== null)
    .length;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) === 0 ? 0 : 1;
} catch (error) {
  say(describeError(error));
  process.exitCode = 1;
}
