// `npm run test:clients -- franz-go-tests [TEST …]`: franz-go's own integration tests, from its module, at the brokers and through the gateway.
// They must pass and fail alike. The one line that is changed in them is the login: they know SCRAM only as the subject of a test.
// Only tests that talk to a broker are run; the others have nothing to do with us.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, runOrFail } from "../../src/demo/parts/process.ts";
import type { Door, Stage } from "./stage.ts";

const module = "github.com/twmb/franz-go";
const runMsMax = 25 * 60_000;

/** Tests whose clients go to KGO_SEEDS, found by what they call; a name here is one that needs what a gateway's caller does not have. */
const brokerCalls = /\b(newTestClient|testClientOpts|adm\(\)|tmpTopic\w*|tmpGroup\w*|getSeedBrokers)\b/;

export interface TestOutcomes {
  /** Test or sub-test → pass, fail or skip. */
  readonly outcomes: ReadonlyMap<string, string>;
  readonly output: string;
}

export interface FranzGoTests {
  readonly names: readonly string[];
  readonly run: (door: Door, names?: readonly string[]) => Promise<TestOutcomes>;
  readonly remove: () => Promise<void>;
}

/** A copy of the module that `go.mod` pins, with the login added, compiled. */
export async function prepareFranzGoTests(): Promise<FranzGoTests> {
  const sources = join(import.meta.dirname, "go");
  const help = "franz-go's tests need Go, and the Go module proxy the first time.";
  await runOrFail("go", ["mod", "download", module], help, { cwd: sources, timeoutMs: runMsMax });
  const folder = (await runOrFail("go", ["list", "-m", "-f", "{{.Dir}}", module], help, { cwd: sources })).trim();
  const copy = await mkdtemp(join(tmpdir(), "lockkeeper-franz-go-"));
  await cp(folder, copy, { recursive: true });
  await runOrFail("chmod", ["-R", "u+w", copy], help);
  const tests = join(copy, "pkg", "kgo");
  await addLogin(join(tests, "helpers_test.go"));
  const binary = join(copy, "kgo.test");
  await runOrFail("go", ["test", "-c", "-o", binary, "."], help, { cwd: tests, timeoutMs: runMsMax });
  const names = await brokerTests(tests);
  return {
    names,
    run: async (door, chosen = names) => await runTests(binary, tests, door, chosen),
    remove: async () => await rm(copy, { recursive: true, force: true }),
  };
}

async function addLogin(file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const before = "\t\tgetSeedBrokers(),\n";
  const imported = '\t"github.com/twmb/franz-go/pkg/sasl/scram"\n';
  if (!text.includes(before) || !text.includes(imported))
    throw new Error(`${module} makes its test clients differently now`);
  const login =
    '\t\tSASL(plain.Auth{User: os.Getenv("CLIENT_USERNAME"), Pass: os.Getenv("CLIENT_PASSWORD")}.AsMechanism()),\n';
  const changed = text
    .replace(before, before + login)
    .replace(imported, `\t"github.com/twmb/franz-go/pkg/sasl/plain"\n${imported}`);
  await writeFile(file, changed);
}

async function brokerTests(folder: string): Promise<string[]> {
  const files = [
    "client",
    "consumer",
    "group",
    "produce_request",
    "share",
    "txn",
    "broker",
    "client_sweep",
    "producer_sweep",
  ];
  const names: string[] = [];
  for (const file of files) {
    const text = await readFile(join(folder, `${file}_test.go`), "utf8");
    for (const body of text.split(/^(?=func )/m)) {
      const name = /^func (Test\w+)\(/.exec(body)?.[1];
      if (name !== undefined && (brokerCalls.test(body) || /testChain|testConsumer|Etl|ETL/.test(body)))
        names.push(name);
    }
  }
  return names;
}

async function runTests(binary: string, cwd: string, door: Door, names: readonly string[]): Promise<TestOutcomes> {
  const args = ["-test.v", "-test.count=1", "-test.timeout=20m", `-test.run=^(${names.join("|")})$`];
  const env = {
    KGO_SEEDS: door.bootstrap.join(","),
    KGO_TEST_RF: "1",
    KGO_TEST_RECORDS: process.env["KGO_TEST_RECORDS"] ?? "20000",
    KGO_TEST_UNSAFE: "1",
    KGO_LOG_LEVEL: process.env["KGO_LOG_LEVEL"] ?? "none",
    CLIENT_USERNAME: door.open.username,
    CLIENT_PASSWORD: door.open.password,
  };
  const { stdout, stderr } = await run(binary, args, { cwd, env, timeoutMs: runMsMax });
  const output = `${stdout}\n${stderr}`;
  const outcomes = [...output.matchAll(/^\s*--- (PASS|FAIL|SKIP): (\S+)/gm)];
  return { outcomes: new Map(outcomes.map(([, outcome = "", name = ""]) => [name, outcome.toLowerCase()])), output };
}

/** Runs them at both doors, one after the other: they load the machine by themselves. @returns how many ended differently */
export async function compareFranzGoTests(
  stage: Stage,
  names: readonly string[],
  say: (line: string) => void,
  keep: (name: string, text: string) => Promise<void>,
): Promise<number> {
  const tests = await prepareFranzGoTests();
  try {
    const chosen = names.length === 0 ? tests.names : names;
    const broker = await tests.run(stage.broker, chosen);
    await keep("franz-go-tests.broker.txt", broker.output);
    const gateway = await tests.run(stage.gateway, chosen);
    await keep("franz-go-tests.gateway.txt", gateway.output);
    const all = [...new Set([...broker.outcomes.keys(), ...gateway.outcomes.keys()])];
    // Some of them fail now and then by themselves, at either door: what ended differently runs once more.
    const again = [...new Set(differentOf(all, broker, gateway).map((name) => name.split("/")[0] ?? name))];
    const [brokerAgain, gatewayAgain] =
      again.length === 0
        ? [broker, gateway]
        : [await tests.run(stage.broker, again), await tests.run(stage.gateway, again)];
    await keep("franz-go-tests.broker-again.txt", brokerAgain.output);
    await keep("franz-go-tests.gateway-again.txt", gatewayAgain.output);
    const different = differentOf([...brokerAgain.outcomes.keys()], brokerAgain, gatewayAgain);
    say(`franz-go's own tests: ${all.length}; at the broker ${counts(broker)}; through the gateway ${counts(gateway)}`);
    if (again.length > 0) say(`  once more: ${again.join(", ")}`);
    for (const name of different) {
      const [one, other] = [brokerAgain, gatewayAgain].map(({ outcomes }) => outcomes.get(name) ?? "not run");
      say(`  ${name}: the broker ${one}, the gateway ${other}`);
    }
    return different.length + (all.length === 0 ? 1 : 0);
  } finally {
    await tests.remove();
  }
}

function differentOf(names: readonly string[], broker: TestOutcomes, gateway: TestOutcomes): string[] {
  return names.filter((name) => broker.outcomes.get(name) !== gateway.outcomes.get(name));
}

function counts({ outcomes }: TestOutcomes): string {
  const of = (outcome: string): number => [...outcomes.values()].filter((one) => one === outcome).length;
  return `${of("pass")} passed, ${of("fail")} failed, ${of("skip")} skipped`;
}
