// Two gateways before one real broker, one Redis: approvals that are asked for ahead and given over HTTP, the facts of every high-risk API as a real
// broker tells them, what happens to an approval when the world moves on, and roles for a time.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../src/base/json.ts";
import { silentLog } from "../../src/base/log.ts";
import { type RedisPart, startRedis } from "../../src/demo/parts/redis.ts";
import { createTopics } from "../../src/protocols/kafka/messages/create-topics.ts";
import { deleteTopics } from "../../src/protocols/kafka/messages/delete-topics.ts";
import { approve, http } from "../support/http-api.ts";
import { withAdmin } from "../support/kafkajs.ts";
import { type Person, type Rig, startRig, succeeded } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";
import { openWire, type Wire } from "../support/wire.ts";

const parts = new AsyncDisposableStack();
let redis: RedisPart;
let one: Rig;
let two: Rig;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "lockkeeper-ahead-"));
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  redis = await startRedis({ dir: folder, log: silentLog, env: { ...process.env, REDIS_URL: "" } });
  parts.defer(() => redis.stop());
  const approvals = {
    redis: redis.url,
    hold: "1ms",
    holdUnknown: "1ms",
    nativeWait: ["patient-wire"],
    groups: { "kafka-admins": { principals: ["dave", "carol"], local: [userInfo().username] } },
  };
  [one, two] = (await Promise.all(
    ["one", "two"].map((name) => startRig({ sections: { approvals, gateway: { name } } })),
  )) as [Rig, Rig];
  parts.defer(() => one.stop());
  parts.defer(() => two.stop());
});
afterAll(() => parts.disposeAsync());

interface Operation {
  readonly outcome: string;
  readonly message: string;
  readonly approval: {
    readonly id: string;
    readonly facts: Record<string, Json>;
    readonly bound: Record<string, Json>;
  } | null;
}

async function ask(rig: Rig, person: Person, what: JsonObject): Promise<Operation> {
  const { json } = await http(rig, person, "POST", "/v1/requests", { reason: "a test", ...what });
  const [operation] = (json["operations"] ?? []) as unknown as Operation[];
  if (!operation) throw new Error(JSON.stringify(json));
  return operation;
}
const stateOf = async (rig: Rig, id: string) => (await http(rig, "dave", "GET", `/v1/approvals/${id}`)).json["state"];

let count = 0;
async function newTopic(): Promise<string> {
  const topic = `orders.ahead-${++count}`;
  await withAdmin(one.behind(), (admin) => admin.createTopics({ topics: [{ topic }], waitForLeaders: true }));
  return topic;
}
const isThere = async (topic: string) => (await withAdmin(one.behind(), (admin) => admin.listTopics())).includes(topic);
const deleteAs = (rig: Rig, topic: string) =>
  withAdmin(rig.kafkajs("carol"), (admin) => admin.deleteTopics({ topics: [topic] }));

async function wireTo(rig: Rig, person: Person = "carol"): Promise<Wire> {
  const wire = await openWire(rig.gateway().bootstrap);
  parts.defer(() => wire.close());
  await wire.login(person, rig.passwordOf(person));
  return wire;
}

describe("an approval that is asked for ahead", () => {
  it("on the command line of one gateway, given over HTTP at the other, is used once by an unchanged client", async () => {
    const topic = await newTopic();
    const password = { LOCKKEEPER_PASSWORD: one.passwordOf("carol") };
    const args = ["request", "--url", `http://${one.gateway().ready.control}`, "--user", "carol"];
    const asked = succeeded(
      await one.lockkeeper([...args, "--action", "topic.delete", "--topic", topic, "--reason", "it is old"], password),
    );
    const id = /apr_\w+/.exec(asked.stdout)?.[0] ?? "";
    expect(asked.stdout).toMatch(
      /topic\.delete orders\.ahead-\d+: Approval apr_\w+ is waiting for kafka-admins\. Run the command once it is approved\./,
    );
    expect(await approve(two, id, "carol")).toMatchObject({
      status: 409,
      json: { message: expect.stringContaining("your own") },
    });
    expect(await approve(two, id)).toMatchObject({ status: 200, json: { state: "approved", reason: "it is old" } });
    expect(await isThere(topic)).toBe(true);
    // asking again uses nothing
    expect(await ask(one, "carol", { action: "topic.delete", parameters: { topic } })).toMatchObject({
      outcome: "approved",
    });

    await deleteAs(two, topic);

    expect(await isThere(topic)).toBe(false);
    expect(await stateOf(one, id)).toBe("used");
    const outcomes = await two.eventsOnce({ codes: ["operation.outcome"], approval: id });
    expect(outcomes.map(({ error }) => error)).toEqual(["NONE"]);
    expect(await one.events({ codes: ["operation.outcome"], approval: id })).toEqual([]);
  });

  it("is used once though 40 runs race for it over both gateways", async () => {
    const topic = await newTopic();
    const { approval } = await ask(one, "carol", { action: "topic.delete", parameters: { topic } });
    await approve(one, approval?.id ?? "");
    const wires = await Promise.all(Array.from({ length: 8 }, (_, i) => wireTo(i % 2 === 0 ? one : two)));

    const runs = wires.flatMap((wire) =>
      Array.from({ length: 5 }, () => wire.ask(deleteTopics, 6, { topics: [{ name: topic }], timeoutMs: 10_000 })),
    );
    const codes = (await Promise.all(runs)).map(({ responses }) => responses[0]?.errorCode ?? -1);

    expect(codes.filter((code) => code === 0)).toHaveLength(1);
    // the others: used by another run (44), or the topic is gone (3)
    expect(codes.filter((code) => code !== 0 && code !== 44 && code !== 3)).toEqual([]);
    const outcomes = (
      await Promise.all([one, two].map((rig) => rig.events({ codes: ["operation.outcome"], resource: topic })))
    ).flat();
    expect(outcomes.filter(({ error, approval: by }) => error === "NONE" && by === approval?.id)).toHaveLength(1);
  });

  it("is void when the topic was made anew between approval and run, and the run says so", async () => {
    const topic = await newTopic();
    const { approval } = await ask(one, "carol", { action: "topic.delete", parameters: { topic } });
    await approve(one, approval?.id ?? "");
    await withAdmin(one.behind(), (admin) => admin.deleteTopics({ topics: [topic] }));
    await eventually(() =>
      withAdmin(one.behind(), (admin) => admin.createTopics({ topics: [{ topic }], waitForLeaders: true })),
    );

    const wire = await wireTo(two);
    const { responses } = await wire.ask(deleteTopics, 6, { topics: [{ name: topic }] });

    expect(responses[0]).toMatchObject({
      errorCode: 44,
      errorMessage: expect.stringContaining(`Approval ${approval?.id} is void: what it was about has changed.`),
    });
    expect(await stateOf(one, approval?.id ?? "")).toBe("void");
    expect(await isThere(topic)).toBe(true);
  });

  it("is none for the other door to the same effect, nor for another value", async () => {
    const topic = await newTopic();
    const configs = { "retention.ms": "1000" };
    const { approval } = await ask(one, "carol", { action: "topic.alter-config", parameters: { topic, configs } });
    await approve(one, approval?.id ?? "");
    const door = { resourceType: 2, resourceName: topic, configs: [{ name: "retention.ms", value: "1000" }] };
    const replaced = await ask(two, "carol", { api: "AlterConfigs", request: { resources: [door] } });
    const other = await ask(two, "carol", {
      action: "topic.alter-config",
      parameters: { topic, configs: { "retention.ms": "1" } },
    });

    expect([replaced.outcome, other.outcome]).toEqual(["pending", "pending"]);
    expect(new Set([approval?.id, replaced.approval?.id, other.approval?.id]).size).toBe(3);
    expect(replaced.approval?.facts["changes"]).toMatchObject({ "retention.ms": { new: "1000" } });
  });
});

describe("a client that waits by itself", () => {
  it("is told when to come again, and gets it done by coming", async () => {
    const topic = await newTopic();
    const wire = await openWire(one.gateway().bootstrap);
    parts.defer(() => wire.close());
    await wire.login("carol", one.passwordOf("carol"), "patient-wire");
    const first = await wire.ask(deleteTopics, 6, { topics: [{ name: topic }] });
    expect(first).toMatchObject({ throttleTimeMs: 5_000, responses: [{ errorCode: 89 }] });
    const id = /apr_\w+/.exec(first.responses[0]?.errorMessage ?? "")?.[0] ?? "";
    await approve(two, id);

    const second = await wire.ask(deleteTopics, 6, { topics: [{ name: topic }], timeoutMs: 10_000 });

    expect(second).toMatchObject({ throttleTimeMs: 0, responses: [{ errorCode: 0, name: topic }] });
    expect(await isThere(topic)).toBe(false);
  });
});

describe("what a real broker tells of", () => {
  const node = 1;
  const zero = "AAAAAAAAAAAAAAAAAAAAAQ";
  let topic: string;
  beforeAll(async () => {
    topic = await newTopic();
    await withAdmin(one.behind(), (admin) =>
      admin.setOffsets({ groupId: "ahead-group", topic, partitions: [{ partition: 0, offset: "0" }] }),
    );
  });
  const acl = {
    resourceType: 2,
    resourcePatternType: 3,
    principal: "User:ahead",
    host: "*",
    operation: 3,
    permissionType: 3,
  };
  const table: readonly (readonly [string, () => JsonObject, string, RegExp | string])[] = [
    ["DeleteTopics", () => ({ topics: [{ name: topic }] }), "pending", "consumers"],
    [
      "DeleteRecords",
      () => ({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 5 }] }] }),
      "would-fail",
      /OFFSET_OUT_OF_RANGE/,
    ],
    [
      "WriteTxnMarkers",
      () => ({ markers: [{ producerId: 1, topics: [{ name: topic, partitionIndexes: [0] }] }] }),
      "pending",
      "transactions",
    ],
    ["CreateAcls", () => ({ creations: [{ ...acl, resourceName: topic }] }), "pending", "othersOfTheResource"],
    [
      "DeleteAcls",
      () => ({
        filters: [
          {
            resourceTypeFilter: 2,
            resourceNameFilter: topic,
            patternTypeFilter: 3,
            principalFilter: null,
            hostFilter: null,
            operation: 1,
            permissionType: 1,
          },
        ],
      }),
      "pending",
      "matches",
    ],
    [
      "AlterConfigs",
      () => ({
        resources: [{ resourceType: 2, resourceName: topic, configs: [{ name: "retention.ms", value: "5" }] }],
      }),
      "pending",
      "changes",
    ],
    [
      "IncrementalAlterConfigs",
      () => ({
        resources: [
          {
            resourceType: 2,
            resourceName: topic,
            configs: [{ name: "retention.ms", configOperation: 0, value: "soon" }],
          },
        ],
      }),
      "would-fail",
      /INVALID_CONFIG/,
    ],
    ["CreatePartitions", () => ({ topics: [{ name: topic, count: 3, assignments: null }] }), "pending", "partitions"],
    ["DeleteGroups", () => ({ groupsNames: ["ahead-group"] }), "pending", "committed"],
    ["DeleteGroups", () => ({ groupsNames: ["no-such-group"] }), "would-fail", /GROUP_ID_NOT_FOUND/],
    [
      "OffsetDelete",
      () => ({ groupId: "ahead-group", topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }] }),
      "pending",
      "offsets",
    ],
    [
      "ElectLeaders",
      () => ({ electionType: 0, topicPartitions: [{ topic, partitions: [0] }] }),
      "would-fail",
      /ELECTION_NOT_NEEDED/,
    ],
    ["ElectLeaders", () => ({ electionType: 1, topicPartitions: null }), "pending", "needed"],
    [
      "AlterPartitionReassignments",
      () => ({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, replicas: [77] }] }] }),
      "would-fail",
      /INVALID_REPLICA_ASSIGNMENT/,
    ],
    [
      "AlterPartitionReassignments",
      () => ({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, replicas: null }] }] }),
      "would-fail",
      /NO_REASSIGNMENT_IN_PROGRESS/,
    ],
    [
      "AlterReplicaLogDirs",
      () => ({ dirs: [{ path: "/elsewhere", topics: [{ name: topic, partitions: [0] }] }] }),
      "pending",
      "moves",
    ],
    [
      "AlterClientQuotas",
      () => ({
        entries: [
          {
            entity: [{ entityType: "user", entityName: "ahead" }],
            ops: [{ key: "producer_byte_rate", value: 1000, remove: false }],
          },
        ],
      }),
      "pending",
      "before",
    ],
    [
      "AlterUserScramCredentials",
      () => ({ deletions: [{ name: "no-such-user", mechanism: 1 }], upsertions: [] }),
      "would-fail",
      /RESOURCE_NOT_FOUND/,
    ],
    [
      "UpdateFeatures",
      () => ({ featureUpdates: [{ feature: "no.such.feature", maxVersionLevel: 3, upgradeType: 1 }] }),
      "would-fail",
      /would answer/,
    ],
    ["UnregisterBroker", () => ({ brokerId: node }), "pending", "aliveBrokers"],
    ["UnregisterBroker", () => ({ brokerId: 4242 }), "would-fail", /BROKER_ID_NOT_REGISTERED/],
    [
      "AddRaftVoter",
      () => ({ clusterId: null, voterId: 77, voterDirectoryId: zero, listeners: [] }),
      "pending",
      "voters",
    ],
    [
      "RemoveRaftVoter",
      () => ({ clusterId: null, voterId: 77, voterDirectoryId: zero }),
      "would-fail",
      /VOTER_NOT_FOUND/,
    ],
    ["UnregisterController", () => ({ controllerId: 77 }), "pending", "stillVotes"],
    ["AlterShareGroupOffsets", () => ({ groupId: "no-such-share", topics: [] }), "would-fail", /GROUP_ID_NOT_FOUND/],
    [
      "DeleteShareGroupOffsets",
      () => ({ groupId: "no-such-share", topics: [{ topicName: topic }] }),
      "would-fail",
      /GROUP_ID_NOT_FOUND/,
    ],
  ];

  it.each(table)("%s", async (api, request, outcome, told) => {
    const answer = await ask(one, "carol", { api, request: request() });
    expect([answer.outcome, answer.message]).toEqual([outcome, expect.any(String)]);
    if (typeof told === "string") expect(Object.keys(answer.approval?.facts ?? {})).toContain(told);
    else expect(answer.message).toMatch(told);
  });
});

describe("a role for a time", () => {
  const tryCreate = async (name: string) => {
    const wire = await wireTo(two, "service");
    const { topics } = await wire.ask(createTopics, 7, {
      topics: [{ name, numPartitions: 1, replicationFactor: 1 }],
      timeoutMs: 10_000,
    });
    wire.close();
    return topics[0]?.errorCode;
  };

  it("is what policies see once it is approved, on every gateway and on connections that stand, until it is revoked", async () => {
    expect(await tryCreate("elevated-0")).toBe(29);
    expect(await ask(one, "alice", { role: "administrator", for: "1h" })).toMatchObject({ outcome: "denied" });
    const { approval } = await ask(one, "service", { role: "administrator", for: "1h" });
    const id = approval?.id ?? "";
    await approve(one, id);

    await eventually(async () => (await tryCreate("elevated-1")) !== 29);
    const listed = await http(two, "service", "GET", "/v1/grants");
    expect(listed.json).toMatchObject({ grants: [{ id, role: "administrator" }] });

    expect(await http(one, "dave", "POST", `/v1/approvals/${id}/cancel`, { reason: "done" })).toMatchObject({
      json: { state: "cancelled" },
    });
    await eventually(async () => (await tryCreate("elevated-2")) === 29);
    expect((await http(two, "service", "GET", "/v1/grants")).json).toEqual({ grants: [] });
  });
});

it("keeps the logs whole and secrets out of them", async () => {
  for (const rig of [one, two]) {
    expect(succeeded(await rig.lockkeeper(["audit", "verify"])).stdout).toContain("every hash and signature is right");
    for (const secret of rig.secrets) expect(rig.printed()).not.toContain(secret);
  }
});
