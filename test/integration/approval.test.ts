// Operations that wait for people, end to end: an unchanged client asks, the real bolt code shows a message in the stand-in for Slack, a
// button is pressed there or a command is typed, and the operation happens at a real broker once, or not at all. Two gateways share one
// Redis: the patient one holds a request longer than it takes to press a button, the hasty one answers with a ticket at once.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { approveAction, denyAction } from "../../src/approvals/channels/slack/message.ts";
import type { EventFilter, LoggedEvent } from "../../src/audit/query.ts";
import { silentLog } from "../../src/base/log.ts";
import { type KafkaTools } from "../../src/demo/parts/kafka-tools.ts";
import { type RedisPart, startRedis } from "../../src/demo/parts/redis.ts";
import {
  type SlackStandIn,
  type StandInMessage,
  startSlackStandIn,
} from "../../src/demo/parts/slack-stand-in/index.ts";
import { deleteTopics } from "../../src/protocols/kafka/messages/delete-topics.ts";
import { requestFrame } from "../support/frames.ts";
import { errorOf, maskedOrder, orders, readValues, withAdmin, withProducer } from "../support/kafkajs.ts";
import { type Rig, startRig, succeeded } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";
import { openWire } from "../support/wire.ts";

const parts = new AsyncDisposableStack();
let redis: RedisPart;
let slack: SlackStandIn;
let patient: Rig;
let hasty: Rig;
let tools: { patient: KafkaTools; hasty: KafkaTools };

const [carolInSlack, daveInSlack] = ["U0ADMIN1", "U0ADMIN2"];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "lockkeeper-approval-"));
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  // A server of our own even where REDIS_URL is set: these tests stop it.
  redis = await startRedis({ dir: folder, log: silentLog, env: { ...process.env, REDIS_URL: "" } });
  parts.defer(() => redis.stop());
  slack = await startSlackStandIn();
  parts.defer(() => slack.stop());
  patient = await startRig(options("60s", "patient"));
  parts.defer(() => patient.stop());
  hasty = await startRig(options("1ms", "hasty"));
  parts.defer(() => hasty.stop());
  tools = { patient: await patient.toolsAs("carol"), hasty: await hasty.toolsAs("carol") };
  await slack.connected();
});
afterAll(() => parts.disposeAsync());

function options(hold: string, name: string) {
  const holds = { hold, holdUnknown: hold, holdByClient: { "apache-kafka-java": hold } };
  const approvals = {
    ...holds,
    redis: redis.url,
    groups: { "kafka-admins": { slack: [carolInSlack, daveInSlack], local: [userInfo().username] } },
    people: [{ principal: "carol", slack: carolInSlack }],
    slack: {
      token: { env: "SLACK_TOKEN" },
      appToken: { env: "SLACK_APP" },
      channel: "#kafka-approvals",
      api: slack.apiUrl,
    },
  };
  const env = { SLACK_TOKEN: slack.token, SLACK_APP: slack.appToken };
  return { sections: { approvals, gateway: { name } }, env };
}

let topic: string;
let count = 0;
beforeEach(async () => {
  topic = `orders.approval-${++count}`;
  await createTopic(topic);
});

async function createTopic(name: string): Promise<void> {
  await withAdmin(patient.behind(), (admin) => admin.createTopics({ topics: [{ topic: name }], waitForLeaders: true }));
}

const isAtBroker = async (name: string) =>
  (await withAdmin(patient.behind(), (admin) => admin.listTopics())).includes(name);
const deleteWithKafkaJs = (rig: Rig, name: string) =>
  withAdmin(rig.kafkajs("carol"), (admin) => admin.deleteTopics({ topics: [name] }));

/** From the logs of both gateways: a change of an approval is told once, by whichever of them takes it. In the order of their times. */
async function events(filter: EventFilter): Promise<LoggedEvent[]> {
  const found = await Promise.all([patient.events(filter), hasty.events(filter)]);
  return found.flat().toSorted((one, other) => one.at - other.at);
}

async function eventOnce(filter: EventFilter): Promise<LoggedEvent> {
  return await eventually(async () => (await events(filter))[0], {
    what: `${JSON.stringify(filter)} in one of the logs`,
  });
}

/** The channel's message about a topic, once it says `words`. */
async function shown(name: string, words = "Approval wanted"): Promise<StandInMessage> {
  const matches = (message: StandInMessage): boolean => {
    const text = JSON.stringify(message.blocks);
    return message.threadTs === null && text.includes(name) && text.includes(words);
  };
  return await eventually(() => slack.messages().find(matches), {
    what: `a message about ${name} that says “${words}”`,
  });
}

function approvalIn(text: string): string {
  return /apr_[0-9A-Za-z]+/.exec(text)?.[0] ?? `no approval in: ${text}`;
}

describe("a topic's deletion", () => {
  it("by kafkajs waits, is approved in Slack, happens once, and the log tells all of it in order", async () => {
    const done = { codes: ["operation.outcome"], operation: "topic.delete", resource: topic };
    const held = deleteWithKafkaJs(patient, topic);
    const message = await shown(topic);
    expect(await isAtBroker(topic)).toBe(true);

    await slack.decide(message.ts, approveAction, daveInSlack);

    await held;
    expect(await isAtBroker(topic)).toBe(false);
    await shown(topic, "Approved and done");
    const [used, outcome] = [await eventOnce({ codes: ["approval.used"], resource: topic }), await eventOnce(done)];
    const codes = ["operation.held", "approval.requested", "approval.approved", "operation.allowed"];
    const told = await Promise.all(codes.map((code) => eventOnce({ codes: [code], resource: topic })));
    const times = [...told, outcome].map(({ at }) => at);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(new Set([...told.slice(1), used, outcome].map(({ approval }) => approval)).size).toBe(1);
    expect((await events(done)).map(({ error }) => error)).toEqual(["NONE"]);
  });

  it("by kafka-topics waits and happens when it is approved", async () => {
    const held = tools.patient.run("topics", ["--delete", "--topic", topic]);
    const message = await shown(topic);

    await slack.decide(message.ts, approveAction, daveInSlack);

    succeeded(await held);
    expect(await isAtBroker(topic)).toBe(false);
  });

  it("is not done when it is denied, and the tool prints who denied it", async () => {
    const held = tools.patient.run("topics", ["--delete", "--topic", topic]);
    const message = await shown(topic);

    await slack.decide(message.ts, denyAction, daveInSlack);

    const { code, stdout, stderr } = await held;
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/PolicyViolationException: Approval apr_\w+ was denied by Dave.*Nothing was done/);
    expect(await errorOf(deleteWithKafkaJs(patient, topic))).toBe("POLICY_VIOLATION");
    expect(await isAtBroker(topic)).toBe(true);
    await eventOnce({ codes: ["approval.denied"], resource: topic });
    expect(await events({ codes: ["operation.outcome"], resource: topic, operation: "topic.delete" })).toEqual([]);
  });

  it("is not approved by whoever asked for it", async () => {
    const refused = await tools.hasty.run("topics", ["--delete", "--topic", topic]);
    const message = await shown(topic);

    await slack.click(message.ts, approveAction, carolInSlack);

    await eventually(() => slack.messages().find((one) => one.onlyFor === carolInSlack && /your own/.test(one.text)));
    const listed = succeeded(
      await hasty.lockkeeper(["approvals", "show", approvalIn(refused.stderr + refused.stdout)]),
    );
    expect(listed.stdout).toMatch(/state +pending/);
    expect(await isAtBroker(topic)).toBe(true);
  });

  it("gets a ticket where nobody answers in time; approved on the command line it happens once, on any gateway", async () => {
    const ticket = await tools.hasty.run("topics", ["--delete", "--topic", topic]);
    const said = ticket.stdout + ticket.stderr;
    expect(ticket.code).not.toBe(0);
    expect(said).toMatch(
      /PolicyViolationException: Approval apr_\w+ is waiting for kafka-admins\. Run the same command again once it is approved/,
    );
    const id = approvalIn(said);
    const again = await tools.hasty.run("topics", ["--delete", "--topic", topic]);
    expect(approvalIn(again.stdout + again.stderr)).toBe(id); // a resend attaches, it never opens a second

    const listed = succeeded(await hasty.lockkeeper(["approvals", "list"]));
    expect(listed.stdout).toMatch(new RegExp(`${id} +pending .* carol +topic\\.delete ${topic}`));
    const approved = succeeded(await hasty.lockkeeper(["approvals", "approve", id, "--reason", "agreed"]));
    expect(approved.stdout).toMatch(/state +approved/);
    expect(await isAtBroker(topic)).toBe(true); // nobody waits: nothing happens by itself

    succeeded(await tools.patient.run("topics", ["--delete", "--topic", topic]));
    expect(await isAtBroker(topic)).toBe(false);

    // The approval is used up: a new topic of that name asks anew.
    await eventually(() => createTopic(topic).then(() => true));
    const anew = await tools.hasty.run("topics", ["--delete", "--topic", topic]);
    expect(approvalIn(anew.stdout + anew.stderr)).toMatch(/^apr_/);
    expect(approvalIn(anew.stdout + anew.stderr)).not.toBe(id);
    expect(await isAtBroker(topic)).toBe(true);
    const outcomes = await events({ approval: id });
    expect(outcomes.filter(({ code }) => code === "operation.outcome")).toHaveLength(1);
  });

  it("does not happen when its client has gone, even when it is approved then", async () => {
    const wire = await openWire(patient.gateway().bootstrap);
    await wire.login("carol", patient.passwordOf("carol"));
    wire.send(requestFrame(deleteTopics, 3, { topicNames: [topic], timeoutMs: 30_000 }));
    const message = await shown(topic);
    wire.close();
    await patient.eventsOnce({
      codes: ["session.ended"],
      session: (await patient.events({ codes: ["operation.held"], resource: topic }))[0]?.session ?? "",
    });

    await slack.decide(message.ts, approveAction, daveInSlack);

    await eventOnce({ codes: ["approval.approved"], resource: topic });
    expect(await isAtBroker(topic)).toBe(true);
    expect(await events({ codes: ["operation.outcome"], resource: topic, operation: "topic.delete" })).toEqual([]);
    // The approval was for the operation: the same one, asked for again by the same person, uses it.
    await deleteWithKafkaJs(patient, topic);
    expect(await isAtBroker(topic)).toBe(false);
  });
});

describe("a change of a topic's configuration", () => {
  it("is shown with the old and the new value, and applied when it is approved", async () => {
    const entity = ["--entity-type", "topics", "--entity-name", topic];
    const held = tools.patient.run("configs", ["--alter", ...entity, "--add-config", "retention.ms=1234567"]);
    const message = await shown(topic);
    const text = JSON.stringify(message.blocks);
    expect(text).toContain("retention.ms");
    expect(text).toContain("1234567");
    expect(text).toContain("7200000"); // what it is now at these brokers

    await slack.decide(message.ts, approveAction, daveInSlack);

    succeeded(await held);
    const now = await withAdmin(patient.behind(), (admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: 2, name: topic, configNames: ["retention.ms"] }],
      }),
    );
    expect(now.resources[0]?.configEntries[0]?.configValue).toBe("1234567");
  });
});

describe("without Redis", () => {
  it("what needs people is refused with a sentence, the rest goes on, and it comes back with Redis", async () => {
    await redis.stop();

    const refused = await tools.hasty.run("topics", ["--delete", "--topic", topic]);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain("approvals are not available just now: Redis cannot be reached");
    await withProducer(patient.kafkajs("service"), (producer) => producer.send({ topic, messages: orders(1, 1) }));
    const read = await readValues(patient.kafkajs("alice"), { topics: [topic], groupId: "no-redis", count: 1 });
    expect(read).toEqual([maskedOrder(1)]);
    expect(await isAtBroker(topic)).toBe(true);

    await redis.restart();

    const held = eventually(async () => {
      const { stdout, stderr } = await tools.hasty.run("topics", ["--delete", "--topic", topic]);
      return (stdout + stderr).includes("is waiting for kafka-admins");
    });
    await held;
    const message = await shown(topic);
    await slack.decide(message.ts, approveAction, daveInSlack);
    await eventOnce({ codes: ["approval.approved"], resource: topic });
    await deleteWithKafkaJs(patient, topic);
    expect(await isAtBroker(topic)).toBe(false);
  });
});

it("leaves logs that verify, and no secret in anything that was printed", async () => {
  for (const rig of [patient, hasty]) {
    expect(succeeded(await rig.lockkeeper(["audit", "verify"])).stdout).toContain("every hash and signature is right");
    for (const secret of rig.secrets) expect(rig.printed()).not.toContain(secret);
  }
});
