// A policy that changes while a fetch waits at the broker: what the client reads is judged by the policy in force when the answer leaves.
import { describe, expect, it } from "vitest";
import type { Decision } from "../../../src/model/decision.ts";
import { createTopics } from "../../../src/protocols/kafka/messages/create-topics.ts";
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { heartbeat } from "../../../src/protocols/kafka/messages/heartbeat.ts";
import { buildBatch } from "../../../src/protocols/kafka/records/build.ts";
import { decodeResponse, requestFrame, responseFrame } from "../../support/frames.ts";
import { deferred, eventually } from "../../support/wait.ts";
import { allow, deny, type GatewayInTest, hold, startGateway } from "./gateway-in-test.ts";
import { beat, correlationOf, create, script } from "./traffic-in-test.ts";

const records: Buffer = buildBatch({ baseOffset: 5n, records: [{ value: Buffer.from("secret") }] });
const ask = requestFrame(
  fetch,
  12,
  {
    maxWaitMs: 30_000,
    topics: ["orders", "bills"].map((topic) => ({ topic, partitions: [{ partition: 0 }] })),
  },
  { correlation: 1 },
);
const found = {
  responses: ["orders", "bills"].map((topic) => ({
    topic,
    partitions: [{ partitionIndex: 0, highWatermark: 6n, records }],
  })),
};

/** A broker that answers a fetch when it is told to, and everything else at once. */
async function startWaiting() {
  const answer = deferred();
  const gateway = await startGateway(async (frame, header, socket) => {
    if (header.apiKey !== fetch.key) return script(frame, header, socket);
    await answer.promise;
    return responseFrame(fetch, header.apiVersion, found, header.correlationId);
  });
  const client = await gateway.loggedIn();
  client.send(ask);
  await eventually(() => gateway.broker.received.length === 1);
  return { gateway, client, answer: answer.resolve };
}

function takeAway(gateway: GatewayInTest, tell: boolean, outcome: Decision = deny): void {
  gateway.steering.revision = "r2";
  gateway.steering.decide = ({ resource }) => ({ ...(resource.name === "bills" ? outcome : allow), revision: "r2" });
  if (tell) for (const connection of gateway.connections) connection.policyChanged();
}

function told(frame: Buffer): unknown {
  return decodeResponse(fetch, 12, frame).responses.map(({ topic, partitions }) => [
    topic,
    partitions[0]?.errorCode,
    partitions[0]?.records?.length,
  ]);
}

describe("a topic that is taken away while a fetch waits", () => {
  it("is told as error 29 at once, and the broker's answer goes nowhere", async () => {
    const { gateway, client, answer } = await startWaiting();
    await using _ = gateway;
    takeAway(gateway, true);
    expect(told(await client.answer())).toEqual([
      ["orders", 0, 0],
      ["bills", 29, 0],
    ]);
    client.send(beat("g", 2));
    answer();
    const next = await client.answer();
    expect([correlationOf(next), decodeResponse(heartbeat, 4, next).errorCode]).toEqual([2, 0]);
    const denials = gateway.events.filter((event) => event.code === "operation.denied");
    expect(denials.map((event) => [event.operation?.resource.name, event.decision?.revision])).toEqual([
      ["bills", "r2"],
    ]);
  });

  it("is taken out of an answer that comes before anybody was told of the change", async () => {
    const { gateway, client, answer } = await startWaiting();
    await using _ = gateway;
    takeAway(gateway, false);
    answer();
    expect(told(await client.answer())).toEqual([
      ["orders", 0, records.length],
      ["bills", 29, 0],
    ]);
  });

  it("is taken away as well where it would need people from now on", async () => {
    const { gateway, client } = await startWaiting();
    await using _ = gateway;
    takeAway(gateway, true, hold);
    expect(told(await client.answer())).toContainEqual(["bills", 29, 0]);
  });

  it("leaves nothing unrecorded: what the log cannot take is not read", async () => {
    const { gateway, client, answer } = await startWaiting();
    await using _ = gateway;
    gateway.steering.record = () => Promise.reject(new Error("disk full"));
    takeAway(gateway, false);
    answer();
    expect(told(await client.answer())).toEqual([
      ["orders", 29, 0],
      ["bills", 29, 0],
    ]);
    gateway.steering.record = async () => {};
  });
});

it("a change that takes nothing away leaves the fetch waiting, and its records pass", async () => {
  const { gateway, client, answer } = await startWaiting();
  await using _ = gateway;
  takeAway(gateway, true, allow);
  answer();
  expect(told(await client.answer())).toEqual([
    ["orders", 0, records.length],
    ["bills", 0, records.length],
  ]);
});

it("what has happened at the broker is told as it happened", async () => {
  const answer = deferred();
  await using gateway = await startGateway(async (frame, header, socket) => {
    await answer.promise;
    return script(frame, header, socket);
  });
  const client = await gateway.loggedIn();
  client.send(create(1));
  await eventually(() => gateway.broker.received.length === 1);
  gateway.steering.revision = "r2";
  gateway.steering.decide = () => deny;
  for (const connection of gateway.connections) connection.policyChanged();
  answer.resolve();
  expect(decodeResponse(createTopics, 7, await client.answer()).topics.map((topic) => topic.errorCode)).toEqual([0]);
});
