// What recordings promise, with real clients of three families: the replay names every request that a tap before the gateway saw, Wireshark reads the
// export, what was produced can be written again, and no secret is in any file.
import { appendFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kafka } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realDisk } from "../../src/audit/disk.ts";
import { loadEncryptionKey } from "../../src/audit/keys.ts";
import { listSessions, readSession, type SessionSummary } from "../../src/audit/replay.ts";
import { createTeller } from "../../src/audit/tell.ts";
import { pcapng } from "../../src/cli/sessions/formats/pcapng-format.ts";
import { recordLine } from "../../src/cli/sessions/replay.ts";
import { freePortRange } from "../../src/demo/parts/ports.ts";
import { apiByKey } from "../../src/protocols/kafka/messages/index.ts";
import { createKafkaStoryteller } from "../../src/protocols/kafka/story/index.ts";
import { order, orders, readValues, withAdmin, withProducer } from "../support/kafkajs.ts";
import { kcat, type Person, type Rig, startRig, succeeded } from "../support/rig.ts";
import { startTap, type Tap, tapHost } from "../support/tap.ts";
import { ensureTshark, tsharkField } from "../support/tshark.ts";
import { eventually } from "../support/wait.ts";

const tshark = await ensureTshark();
const topic = "orders.recorded";
const again = "orders.again";
const nodes = 3;

let rig: Rig;
let tap: Tap;

beforeAll(async () => {
  const first = await freePortRange(nodes);
  const listener = { cluster: "main", bind: "127.0.0.1:0", nodes: `127.0.0.1:${first}`, advertise: tapHost };
  rig = await startRig({
    withoutPolicies: ["approvals.rego", "approvals_test.rego"],
    sections: { listeners: [{ ...listener, mechanisms: ["plain"] }] },
  });
  const bootstrap = Number(rig.gateway().bootstrap.split(":")[1]);
  tap = await startTap([bootstrap, ...Array.from({ length: nodes }, (_, node) => first + node)]);
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({
      topics: [
        { topic, numPartitions: 2 },
        { topic: again, numPartitions: 1 },
      ],
      waitForLeaders: true,
    }),
  );
});
afterAll(async () => {
  await rig?.stop();
  await tap?.[Symbol.asyncDispose]();
});

async function kafkajsWorks(): Promise<void> {
  await withAdmin(rig.kafkajs("carol"), async (admin) => {
    await admin.createTopics({ topics: [{ topic: "orders.recorded-js", numPartitions: 1 }], waitForLeaders: true });
    await admin.describeGroups(["nobody"]).catch(() => {});
  });
  await withProducer(rig.kafkajs("service"), (producer) => producer.send({ topic, messages: orders(0, 20) }));
  await readValues(rig.kafkajs("alice"), { topics: [topic], groupId: "recorded-js", count: 20 });
}

async function javaToolsWork(): Promise<void> {
  const [carol, service, alice] = await Promise.all([
    rig.toolsAs("carol"),
    rig.toolsAs("service"),
    rig.toolsAs("alice"),
  ]);
  succeeded(await carol.run("topics", ["--describe", "--topic", topic]));
  succeeded(
    await service.run("console-producer", ["--topic", topic, "--compression-codec", "lz4"], {
      input: `${order(20)}\n${order(21)}\n`,
    }),
  );
  succeeded(
    await alice.run("console-consumer", [
      "--topic",
      topic,
      "--from-beginning",
      "--max-messages",
      "22",
      "--group",
      "recorded-java",
    ]),
  );
}

async function librdkafkaWorks(): Promise<void> {
  succeeded(await rig.kcat("service", ["-P", "-t", topic], { input: `${order(22)}\n` }));
  succeeded(
    await rig.kcat("alice", ["-q", "-c", "23", "-X", "auto.offset.reset=earliest", "-G", "recorded-kcat", topic]),
  );
}

/** Three transactions of one order each, of which only the second is committed. */
async function transactionsHappen(kafka: Kafka): Promise<void> {
  // the coordinator may still be ending one when kafkajs begins the next, and says so
  const retry = { retries: 20, initialRetryTime: 100 };
  const producer = kafka.producer({ transactionalId: "orders-recorded", maxInFlightRequests: 1, retry });
  try {
    await producer.connect();
    for (const [id, end] of [[100, "abort"] as const, [101, "commit"] as const, [102, "abort"] as const]) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ partition: 0, value: order(id) }] });
      await transaction[end]();
    }
  } finally {
    await producer.disconnect();
  }
}

/** The session, live or not, in which a client of this id or software wrote. */
async function writingSession(who: string): Promise<string> {
  return await eventually(
    async () =>
      (await listSessions(join(rig.dir, "sessions"))).find(
        ({ clientId, software, apis }) =>
          apis.includes("Produce") && (clientId === who || software?.startsWith(who) === true),
      )?.id,
    { what: `the recording of what ${who} wrote` },
  );
}

/** Sessions that ended, whose requests the tap saw. */
async function recorded(): Promise<{ session: SessionSummary; asked: readonly string[] }[]> {
  return await eventually(
    async () => {
      const sessions = await listSessions(join(rig.dir, "sessions"));
      const known = sessions.flatMap((session) => {
        const asked = tap.asked.get(session.client);
        return asked && asked.length > 0 ? [{ session, asked }] : [];
      });
      const connections = [...tap.asked.values()].filter((asked) => asked.length > 0).length;
      return known.length === connections && known.every(({ session }) => session.ended) && known;
    },
    { what: "the end of every session", deadlineMs: 30_000 },
  );
}

async function* captured(session: SessionSummary): AsyncGenerator<Buffer> {
  const keys = [await loadEncryptionKey(realDisk, join(rig.dir, "recordings.key"))];
  yield* pcapng(session, readSession(join(rig.dir, "sessions"), session.id, { keys }));
}

interface Replayed {
  readonly requests: string[];
  readonly answers: number;
  readonly lines: string[];
  readonly records: string[];
}

async function replayed(id: string): Promise<Replayed> {
  const keys = [await loadEncryptionKey(realDisk, join(rig.dir, "recordings.key"))];
  const teller = createTeller({ story: createKafkaStoryteller(), everything: true });
  const [requests, lines, records]: [string[], string[], string[]] = [[], [], []];
  let answers = 0;
  for await (const item of readSession(join(rig.dir, "sessions"), id, { keys })) {
    if (item.kind !== "frame") continue;
    if (item.frame.direction === "request") requests.push(item.frame.api);
    if (item.frame.direction === "response") answers++;
    const told = teller.tell(item.frame);
    records.push(...(told?.records ?? []).map(recordLine));
    if (told && item.frame.direction === "response") lines.push(told.text);
  }
  return { requests, answers, lines, records };
}

describe("a session of kafkajs, of Kafka's own tools and of librdkafka", () => {
  beforeAll(async () => {
    await kafkajsWorks();
    await javaToolsWork();
    if (kcat !== undefined) await librdkafkaWorks();
  });

  it("is replayed with every request that the tap saw, in order, and a sentence for each", async () => {
    const sessions = await recorded();
    const programs = new Set(sessions.map(({ session }) => session.software?.split(" ")[0] ?? "kafkajs"));

    expect([...programs].toSorted()).toEqual(["apache-kafka-java", "kafkajs", ...(kcat ? ["librdkafka"] : [])]);
    for (const { session, asked } of sessions) {
      const { requests, answers, lines } = await replayed(session.id);
      expect(requests, session.id).toEqual(asked);
      expect(lines).toHaveLength(answers);
      expect(lines.filter((line) => /^sends |cannot be read back|\[object|undefined/.test(line))).toEqual([]);
    }
  });

  it.skipIf(tshark === undefined)(
    "is exported as a capture in which Wireshark's dissector names the APIs",
    async () => {
      const sessions = await recorded();
      const id = sessions[0]?.session.id ?? "";
      const own = join(rig.dir, "one.pcapng");
      const all = join(rig.dir, "all.pcapng");
      // a pcapng file may be many, one behind the other
      for (const { session } of sessions)
        await appendFile(all, Buffer.concat(await Array.fromAsync(captured(session), Buffer.from)));

      succeeded(await rig.lockkeeper(["sessions", "export", id, "--format", "pcapng", "-o", own]));
      expect((await readFile(all)).indexOf(await readFile(own))).toBe(0);
      const names = await tsharkField(tshark ?? "", all, "kafka.request_key", "kafka.request_key");
      expect(names.map((key) => apiByKey(Number(key))?.name)).toEqual(sessions.flatMap(({ asked }) => asked));
      // tshark 4.0 has no fields for DescribeCluster (60) and DescribeTopicPartitions (75), and trips over the topics of
      // ListPartitionReassignments (46) as Kafka's own tools write them: it names them, and calls the rest malformed
      const known = "!(kafka.request_key in {46, 60, 75}) and !(kafka.response_key in {46, 60, 75})";
      expect(await tsharkField(tshark ?? "", all, `_ws.malformed and ${known}`, "frame.number")).toEqual([]);
      expect(await tsharkField(tshark ?? "", all, "tcp.analysis.flags", "frame.number")).toEqual([]);
    },
  );

  it("has its viewer in the log before anything is shown, and a story on the command line", async () => {
    const [first] = (await recorded()).filter(({ session }) => session.principal === "alice");
    const id = first?.session.id ?? "";
    const shown = succeeded(await rig.lockkeeper(["sessions", "replay", id, "--records"]));
    const seen = await rig.events({ codes: ["recording.viewed"] });

    expect(shown.stdout).toContain("alice");
    expect(shown.stdout).not.toMatch(/person\d+@example\.com/);
    expect(seen.at(-1)?.envelope).toMatchObject({ data: { unmapped: { details: { session: id, records: true } } } });
  });

  it("is written again through the gateway, by its policies, without what no transaction committed", async () => {
    await transactionsHappen(rig.kafkajs("service", { clientId: "transactional" }));
    await recorded();
    const redrive = async (id: string, as: Person) =>
      await rig.lockkeeper(
        ["sessions", "redrive", id, "--to", again, "--bootstrap", rig.gateway().bootstrap, "--username", as],
        { LOCKKEEPER_PASSWORD: rig.passwordOf(as) },
      );
    const id = await writingSession("transactional");

    const refused = await redrive(id, "bob");
    const written = succeeded(await redrive(id, "service"));
    const ofJava = succeeded(await redrive(await writingSession("apache-kafka-java"), "service"));

    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("0 of 1 records were written") });
    expect(written.stdout).toContain(`1 records of ${id} were written to ${again}; 2 were left out`);
    expect(ofJava.stdout).toContain(`were written to ${again}\n`);
    const values = await readValues(rig.behind(), { topics: [again], groupId: "again", count: 3 });
    expect(values).toEqual([order(101), order(20), order(21)]);
    const seen = (await rig.events({ codes: ["recording.redriven"] })).map(({ envelope }) => envelope);
    expect(seen).toHaveLength(3);
    const details = { session: id, principal: "service", to: again, records: 1, left_out: 2, as: "service" };
    expect(seen[1]).toMatchObject({ data: { unmapped: { details } } });
  });

  it("is followed on the command line while it runs, up to its end", async () => {
    const following = await withProducer(rig.kafkajs("service", { clientId: "followed" }), async (producer) => {
      const send = async () => await producer.send({ topic, messages: [{ partition: 0, value: order(110) }] });
      await send();
      const id = await writingSession("followed");
      const command = ["sessions", "replay", id, "--follow"];
      const running = await rig.lockkeeperUntil(command, /writes? orders\.recorded/);
      await send();
      return running;
    });

    expect(await following.ended).toBe(0);
    expect(following.lastLines().match(/writes? orders\.recorded/g)).toHaveLength(2);
    expect(following.lastLines()).toContain("end of the recording");
  });

  it("keeps no password, no mechanism's bytes and nothing that was masked", async () => {
    const key = await loadEncryptionKey(realDisk, join(rig.dir, "recordings.key"));
    for (const { session } of await recorded()) {
      for await (const item of readSession(join(rig.dir, "sessions"), session.id, { keys: [key] })) {
        if (item.kind !== "frame") continue;
        const all = `${item.frame.frame.toString("latin1")}${JSON.stringify(item.frame.notes)}`;
        for (const secret of rig.secrets) expect(all).not.toContain(secret);
      }
      if (session.principal !== "alice") continue;
      expect((await replayed(session.id)).records.join("\n")).not.toMatch(/person\d+@example\.com/);
    }
    for (const entry of await readdir(join(rig.dir, "sessions"), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name));
      for (const secret of [...rig.secrets, "@example.com"]) expect(bytes.includes(secret)).toBe(false);
    }
  });
});
