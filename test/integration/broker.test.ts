// The rig itself: if these fail, no other integration test says anything about the gateway.
import { describe, expect, it } from "vitest";
import { type KafkaTools, kafkaTools, loginProperties } from "../../src/demo/parts/kafka-tools.ts";
import { run } from "../../src/demo/parts/process.ts";
import { ensureKcat, ensurePython } from "../support/clients.ts";
import { sharedServers } from "../support/shared.ts";

const { kafka } = sharedServers();
const kcat = await ensureKcat();

function passwordOf(name: string): string {
  return kafka.users[name] ?? "";
}

async function toolsAs(username: string, mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512"): Promise<KafkaTools> {
  return await kafkaTools(kafka.sasl, loginProperties({ mechanism, username, password: passwordOf(username) }));
}

async function createTopic(name: string): Promise<void> {
  const tools = await kafkaTools(kafka.bootstrap);
  const created = await tools.run("topics", ["--create", "--topic", name, "--partitions", "2"]);
  await tools.remove();
  expect(created).toMatchObject({ code: 0 });
}

describe("the test cluster", () => {
  it.each(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const)("lets its super user in with %s", async (mechanism) => {
    const tools = await toolsAs("proxy", mechanism);
    const listed = await tools.run("topics", ["--list"]);
    await tools.remove();
    expect(listed).toMatchObject({ code: 0, stderr: "" });
  });

  it("refuses what no ACL allows", async () => {
    const tools = await toolsAs("bob", "PLAIN");
    const created = await tools.run("topics", ["--create", "--topic", "rig-refused"]);
    await tools.remove();
    expect(created.code).not.toBe(0);
    expect(created.stdout + created.stderr).toContain("Authorization failed");
  });

  it("gives back with the console consumer what the console producer wrote", async () => {
    await createTopic("rig-console");
    const tools = await toolsAs("admin", "SCRAM-SHA-256");
    const written = await tools.run("console-producer", ["--topic", "rig-console"], { input: "one\ntwo\n" });
    const read = await tools.run("console-consumer", [
      "--topic",
      "rig-console",
      "--from-beginning",
      "--max-messages",
      "2",
    ]);
    await tools.remove();
    expect(written.code).toBe(0);
    expect(read.stdout.trim().split("\n").toSorted()).toEqual(["one", "two"]);
  });

  it.skipIf(kcat === undefined)("is spoken to by kcat", async () => {
    await createTopic("rig-kcat");
    const to = ["-q", "-b", kafka.bootstrap.join(","), "-t", "rig-kcat"];
    const written = await run(kcat ?? "", [...to, "-P"], { input: "hello\n" });
    const read = await run(kcat ?? "", [...to, "-C", "-e", "-o", "beginning"]);
    expect(written.code).toBe(0);
    expect(read.stdout).toBe("hello\n");
  });

  it("is spoken to by librdkafka in Python", async () => {
    const python = await ensurePython();
    const program = [
      "import sys",
      "from confluent_kafka.admin import AdminClient",
      "login = {'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-512', 'sasl.username': 'proxy', 'sasl.password': sys.argv[2]}",
      "print(len(AdminClient({'bootstrap.servers': sys.argv[1], **login}).list_topics(timeout=20).brokers))",
    ];
    const counted = await python.run(program.join("\n"), [kafka.sasl.join(","), passwordOf("proxy")]);
    expect(counted).toMatchObject({ code: 0, stdout: "2\n" });
  });
});
