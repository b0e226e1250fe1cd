// Producers that know nothing of masks and filters on write: Kafka's own, librdkafka, franz-go and kafkajs, each idempotent and transactional.
// A record that may not be written refuses its batch, which the broker never sees: what the producer hears of it, and that it goes on.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeError } from "../../src/base/errors.ts";
import { ensureKafkaJars } from "../../src/demo/parts/kafka/jars.ts";
import { run } from "../../src/demo/parts/process.ts";
import { readReport, type Step } from "../clients/compare.ts";
import { type Command, commandOf } from "../clients/programs.ts";
import { ensureKcat } from "../support/clients.ts";
import { type Gateway, startGateway, testConfig } from "../support/gateway.ts";
import { withAdmin } from "../support/kafkajs.ts";
import { quietKafkaJs } from "../support/rig.ts";
import { sharedServers } from "../support/shared.ts";

const policy = `package lockkeeper

allow if true

filter contains {"rule": "closed", "on": "write", "in": "header:tenant", "hide": "closed"}

mask contains {"rule": "card", "on": "write", "field": "$.card", "method": "redact"}
`;

const password = crypto.randomUUID();
const kcat = await ensureKcat();
const clients = join(import.meta.dirname, "..", "clients");

const programs: Record<string, () => Promise<Command>> = {
  java: async () => {
    const { classPath } = await ensureKafkaJars(() => {});
    const briefJvm = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"];
    return { file: "java", args: [...briefJvm, "-cp", classPath, join(clients, "java", "Writer.java")], env: {} };
  },
  librdkafka: async () => await commandOf({ name: "confluent-kafka", family: "python", program: "writer.py" }),
  "franz-go": async () => await commandOf({ name: "franz-go", family: "go", program: "writer" }),
  kafkajs: () =>
    Promise.resolve({
      file: process.execPath,
      args: [join(clients, "node", "kafkajs-writer.mjs")],
      env: { NODE_OPTIONS: "" },
    }),
};

let gateway: Gateway;
let dir: string;

beforeAll(async () => {
  const { kafka } = sharedServers();
  dir = await mkdtemp(join(tmpdir(), "lockkeeper-writers-"));
  await writeFile(join(dir, "policy.rego"), policy);
  const users = [{ name: "writer", groups: [] }];
  const configText = await testConfig({ bootstrap: kafka.sasl, username: "proxy", policyDirectory: dir, users });
  const env = { KAFKA_PASSWORD: kafka.users["proxy"] ?? "", WRITER_PASSWORD: password };
  gateway = await startGateway({ configText, env });
  const topics = Object.keys(programs)
    .flatMap((name) => [`writers-${name}-idempotent`, `writers-${name}-transactional`])
    .map((topic) => ({ topic, numPartitions: 1 }));
  // leaders of so many topics at once may take a while to be known everywhere
  const behind = quietKafkaJs(kafka.bootstrap, { clientId: "behind", retry: { retries: 8 } });
  await withAdmin(behind, (admin) => admin.createTopics({ waitForLeaders: true, topics }));
});
afterAll(async () => {
  await gateway?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** What the broker itself has that is committed: the names in its records, none of which has a card. */
async function stored(topic: string): Promise<string[]> {
  const { kafka } = sharedServers();
  const args = ["-q", "-C", "-e", "-o", "beginning", "-t", topic, "-b", kafka.bootstrap[0] ?? ""];
  const read = await run(kcat ?? "kcat", args, { timeoutMs: 30_000 });
  const values = read.stdout.split("\n").filter((line) => line !== "");
  return values.map((value) => {
    const { n, card } = JSON.parse(value) as { n: string; card: string };
    expect(card).toBe("[redacted]");
    return n;
  });
}

const written = ["one", "two", "burst0", "burst1", "burst3", "burst4", "burst5", "after"];
const refused = ["refused", "burst2", "refused-in-transaction"];

/** What is other than with Kafka's own client. */
const peculiar: Record<string, { readonly error: string; readonly fail?: readonly string[]; readonly kept?: string }> =
  {
    java: {
      error: "InvalidRecordException: The filter closed refuses this record: what it says of the header:tenant.",
    },
    // Towards a broker too: after a batch that is refused its next transaction fails, and the one after that is the first to be good.
    librdkafka: { error: "INVALID_RECORD,val=87", fail: ["kept", "commit"], kept: "at-last" },
    // It gives up all that was waiting behind the refused batch, for the same reason.
    "franz-go": { error: "INVALID_RECORD", fail: ["burst3", "burst4", "burst5"] },
    // An old Produce, which knows no errors of records.
    kafkajs: { error: "44: " },
  };

describe.skipIf(kcat === undefined).each(Object.entries(peculiar))(
  "%s",
  (name, { error, fail = [], kept = "kept" }) => {
    let steps: readonly Step[] = [];
    const failed = () => steps.filter(({ ok }) => !ok);

    beforeAll(async () => {
      const command = await programs[name]?.().catch((problem: unknown) => describeError(problem));
      if (command === undefined || typeof command === "string") throw new Error(command);
      const login = { CLIENT_BOOTSTRAP: gateway.bootstrap, CLIENT_USERNAME: "writer", CLIENT_PASSWORD: password };
      const env = { ...command.env, ...login };
      const finished = await run(command.file, [...command.args, `writers-${name}`], { env, timeoutMs: 90_000 });
      if (finished.code !== 0) throw new Error(finished.stderr);
      steps = readReport(finished.stdout);
    }, 120_000);

    it("hears which record was refused and why, as far as its protocol goes", () => {
      for (const step of refused) expect(errorOf(failed(), step)).toContain(error);
    });

    it("goes on after it", () => {
      expect(steps.map(({ step }) => step)).toEqual(expect.arrayContaining([...written, ...refused, kept]));
      expect(
        failed()
          .map(({ step }) => step)
          .toSorted(),
      ).toEqual([...refused, ...fail].toSorted());
    });

    it("has written the rest, masked: with one idempotent producer", async () => {
      const its = await stored(`writers-${name}-idempotent`);
      expect(its.toSorted()).toEqual(written.filter((each) => !fail.includes(each)).toSorted());
    });

    it("and with one transactional producer, of which the aborted part is nobody's to see", async () => {
      expect(await stored(`writers-${name}-transactional`)).toEqual([kept]);
    });
  },
);

function errorOf(failed: readonly Step[], step: string): string {
  return String(failed.find((each) => each.step === step)?.error);
}
