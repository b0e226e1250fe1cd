// kcat (librdkafka), unchanged, and every compression codec between it and Java, with only the address and the login changed. People are not
// asked here: approvals.rego is left out.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maskedOrder, order, withAdmin } from "../support/kafkajs.ts";
import { kcat, leakedPorts, type Rig, startRig, succeeded } from "../support/rig.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ withoutPolicies: ["approvals.rego", "approvals_test.rego"] });
});
afterAll(() => rig?.stop());

async function createTopic(topic: string, numPartitions = 1): Promise<void> {
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true }),
  );
}

const padding = "x".repeat(600); // librdkafka sends uncompressed what compression does not make smaller
const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

const sortedLines = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .toSorted();

describe.skipIf(kcat === undefined)("kcat", () => {
  it("lists the cluster as the gateway's ports", async () => {
    await createTopic("orders.kcat-listed", 3);
    const listed = succeeded(await rig.kcat("alice", ["-L"]));
    expect(listed).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('topic "orders.kcat-listed" with 3 partitions'),
    });
    expect(listed.stdout).toContain("2 brokers:");
    expect(leakedPorts(rig, listed.stdout + listed.stderr)).toEqual([]);
  });

  it("produces, consumes, and consumes in a group", async () => {
    const topic = "orders.kcat";
    await createTopic(topic);
    const written = await rig.kcat("service", ["-P", "-t", topic], { input: `${order(1)}\n${order(2)}\n` });
    const read = await rig.kcat("alice", ["-q", "-C", "-e", "-o", "beginning", "-t", topic]);
    const inGroup = await rig.kcat("alice", [
      "-q",
      "-c",
      "2",
      "-X",
      "auto.offset.reset=earliest",
      "-G",
      "kcat-group",
      topic,
    ]);

    succeeded(written);
    expect(sortedLines(read.stdout)).toEqual([maskedOrder(1), maskedOrder(2)]);
    expect(sortedLines(inGroup.stdout)).toEqual([maskedOrder(1), maskedOrder(2)]);
  });
});

describe("every compression codec", () => {
  it("written by Java and by librdkafka, is masked and comes back whole to both", async () => {
    const topic = "orders.codecs";
    await createTopic(topic);
    const service = await rig.toolsAs("service");
    const expected: string[] = [];
    for (const [index, codec] of codecs.entries()) {
      const args = ["--topic", topic, "--compression-codec", codec];
      const written = await service.run("console-producer", args, { input: `${order(index, padding)}\n` });
      succeeded(written);
      expected.push(maskedOrder(index, padding));
      if (kcat === undefined) continue;
      const input = `${order(10 + index, padding)}\n${order(20 + index, padding)}\n`;
      const sent = await rig.kcat("service", ["-P", "-t", topic, "-z", codec], { input });
      succeeded(sent);
      expected.push(maskedOrder(10 + index, padding), maskedOrder(20 + index, padding));
    }

    const alice = await rig.toolsAs("alice");
    const java = await alice.run("console-consumer", [
      "--topic",
      topic,
      "--from-beginning",
      "--max-messages",
      String(expected.length),
    ]);
    expect(sortedLines(java.stdout)).toEqual(expected.toSorted());
    if (kcat === undefined) return;
    const librdkafka = await rig.kcat("alice", ["-q", "-C", "-e", "-o", "beginning", "-t", topic]);
    expect(sortedLines(librdkafka.stdout)).toEqual(expected.toSorted());
  });
});
