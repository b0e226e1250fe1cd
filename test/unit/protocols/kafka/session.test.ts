// What the gateway answers itself: ApiVersions as an intersection, the handshake, the login's frames.

import { describe, expect, it } from "vitest";
import { ownFrame } from "../../../../src/protocols/frame.ts";
import { KafkaCluster } from "../../../../src/protocols/kafka/cluster.ts";
import { readRequestHeader } from "../../../../src/protocols/kafka/header.ts";
import type { ApiVersionsResponse } from "../../../../src/protocols/kafka/messages/api-versions.ts";
import { apiVersions } from "../../../../src/protocols/kafka/messages/api-versions.ts";
import { metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import { saslAuthenticate } from "../../../../src/protocols/kafka/messages/sasl-authenticate.ts";
import { saslHandshake } from "../../../../src/protocols/kafka/messages/sasl-handshake.ts";
import type { Init } from "../../../../src/protocols/kafka/schema.ts";
import type { LoginReply, Step } from "../../../../src/protocols/protocol.ts";
import { decodeResponse, rawFrame, requestFrame, responseFrame } from "../../../support/frames.ts";
import {
  bookInTest,
  clusterInTest,
  servicesInTest,
  sessionInTest,
  stepOf,
  verdictsOf,
} from "../../../support/scenario.ts";

async function versionsFor(version: number): Promise<ApiVersionsResponse> {
  return decodeResponse(apiVersions, version, bytesOf(await stepOf(requestFrame(apiVersions, version, {}))));
}

function bytesOf(step: Step): Buffer {
  if (step.kind !== "reply") throw new Error(step.kind);
  return step.bytes;
}

/** A cluster whose brokers offer this and nothing else. */
async function clusterOffering(answer: Init<ApiVersionsResponse>): Promise<KafkaCluster> {
  const cluster = new KafkaCluster("test");
  const ask = async (frame: Buffer) => {
    const { apiVersion, correlationId } = readRequestHeader(frame);
    return responseFrame(apiVersions, apiVersion, answer, correlationId);
  };
  await cluster.login({ ask }, null);
  return cluster;
}

describe("ApiVersions", () => {
  it.each([0, 1, 2, 3, 4, 5])("version %i tells what is covered and nothing else", async (version) => {
    const { errorCode, apiKeys } = await versionsFor(version);
    const keys = new Set(apiKeys.map(({ apiKey }) => apiKey));
    expect(errorCode).toBe(0);
    expect([0, 1, 3, 17, 18, 36].every((key) => keys.has(key))).toBe(true);
    // delegation tokens, Envelope, controllers' and brokers' own
    for (const key of [38, 39, 40, 41, 52, 58, 59, 62, 63, 67, 83, 87]) expect(keys.has(key), `${key}`).toBe(false);
  });

  it("advertises Produce from 0 on, which old librdkafka needs to see", async () => {
    const produce = (await versionsFor(3)).apiKeys.find(({ apiKey }) => apiKey === 0);
    expect(produce?.minVersion).toBe(0);
  });

  it("answers a version that is too new in version 0, with our range", async () => {
    const step = await stepOf(rawFrame(apiVersions.key, 6, Buffer.from("of a later time")));
    const { errorCode, apiKeys } = decodeResponse(apiVersions, 0, bytesOf(step));
    expect([errorCode, apiKeys]).toMatchObject([35, [{ apiKey: 18, minVersion: 0, maxVersion: 5 }]]);
  });

  it("is the intersection with what the broker offers", async () => {
    const cluster = await clusterOffering({
      apiKeys: [
        { apiKey: 1, minVersion: 0, maxVersion: 11 },
        { apiKey: 3, minVersion: 99, maxVersion: 100 },
        { apiKey: 999, minVersion: 0, maxVersion: 1 },
      ],
    });
    expect([...cluster.offered]).toEqual([[1, { min: 4, max: 11 }]]);
  });

  it("remembers what the client says of itself", async () => {
    const session = sessionInTest();
    const its = (await clusterInTest()).session(session, bookInTest(), ["PLAIN"]);
    await its.next(requestFrame(apiVersions, 3, { clientSoftwareName: "franz", clientSoftwareVersion: "1" }), null);
    expect([session.software, session.clientId]).toEqual([{ name: "franz", version: "1" }, "test-client"]);
  });

  it("cannot be answered before the cluster was reached", () => {
    const its = new KafkaCluster("test").session(sessionInTest(), bookInTest(), ["PLAIN"]);
    expect(() => its.next(requestFrame(apiVersions, 3, {}), null)).toThrow(/not reached/);
  });

  it.each([
    [3, ["metadata.version"]],
    [4, ["metadata.version", "share.version"]],
  ])("version %i tells these features: one from 0 on is a mistake to older clients", async (version, names) => {
    const cluster = await clusterOffering({
      apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
      supportedFeatures: [
        { name: "metadata.version", minVersion: 7, maxVersion: 29 },
        { name: "share.version", minVersion: 0, maxVersion: 2 },
      ],
    });
    const its = cluster.session(sessionInTest(), bookInTest(), ["PLAIN"]);
    const step = await its.next(requestFrame(apiVersions, version, {}), null);
    const { supportedFeatures } = decodeResponse(apiVersions, version, bytesOf(step));
    expect(supportedFeatures.map(({ name }) => name)).toEqual(names);
  });

  it("a broker that refuses it is no broker of ours", async () => {
    await expect(clusterOffering({ errorCode: 35 })).rejects.toThrow(/older/);
  });
});

describe("a request with bytes after it", () => {
  it("passes without them, as librdkafka sends some and nobody understood them", async () => {
    const whole = requestFrame(metadata, 13, { topics: null, allowAutoTopicCreation: false });
    const longer = Buffer.concat([whole, Buffer.of(0, 0, 0)]);
    longer.writeInt32BE(longer.length - 4, 0);

    const step = await stepOf(longer);

    if (step.kind !== "exchange") throw new Error(step.kind);
    const enforced = await step.exchange.enforce(verdictsOf(step.exchange.operations), servicesInTest());
    if (enforced.kind !== "forward") throw new Error(enforced.kind);
    expect(ownFrame(enforced.bytes).toString("hex")).toBe(whole.toString("hex"));
  });
});

describe("login frames", () => {
  const replies: readonly [LoginReply, object][] = [
    [
      { kind: "challenge", bytes: Buffer.from("?") },
      { errorCode: 0, authBytes: Buffer.from("?") },
    ],
    [
      { kind: "success", bytes: Buffer.alloc(0), sessionLifetimeMs: 60_000 },
      { errorCode: 0, sessionLifetimeMs: 60_000n },
    ],
    [
      { kind: "failure", message: "Authentication failed." },
      { errorCode: 58, errorMessage: "Authentication failed." },
    ],
  ];

  it.each(replies)("%o", async (reply, expected) => {
    const its = (await clusterInTest()).session(sessionInTest(), bookInTest(), ["PLAIN", "OAUTHBEARER"]);
    await its.next(requestFrame(saslHandshake, 1, { mechanism: "OAUTHBEARER" }), null);
    const step = await its.next(requestFrame(saslAuthenticate, 2, { authBytes: Buffer.from("token") }), null);
    if (step.kind !== "login") throw new Error(step.kind);
    expect([step.mechanism, step.bytes.toString()]).toEqual(["OAUTHBEARER", "token"]);
    expect(decodeResponse(saslAuthenticate, 2, step.reply(reply))).toMatchObject(expected);
  });
});
