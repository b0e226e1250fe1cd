// Clients that mean no good: random bytes, giant frames, silence, endless requests without reading an answer.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../../src/base/limits.ts";
import { apiVersions } from "../../../src/protocols/kafka/messages/api-versions.ts";
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { heartbeat } from "../../../src/protocols/kafka/messages/heartbeat.ts";
import { decodeResponse, rawFrame, requestFrame, responseFrame } from "../../support/frames.ts";
import { eventually } from "../../support/wait.ts";
import { allow, type GatewayInTest, startGateway } from "./gateway-in-test.ts";

const fullBytes = 64 * 1024;
const MiB = 1024 * 1024;
const beats = (_frame: Buffer, header: { apiVersion: number; correlationId: number }) =>
  responseFrame(heartbeat, header.apiVersion, {}, header.correlationId);
const beat = requestFrame(heartbeat, 4, { groupId: "g" });
const sized = (size: number) => {
  const head = Buffer.alloc(4);
  head.writeInt32BE(size);
  return head;
};

describe("before login", () => {
  it("nothing passes", async () => {
    await using gateway = await startGateway(beats);
    const client = await gateway.client();
    client.send(beat);
    await client.closed;
    await eventually(() => gateway.lastWords() === "session.aborted: a request before login");
    expect(gateway.broker.sockets.size).toBe(0);
  });

  it("a frame larger than a token closes, before its bytes have come", async () => {
    await using gateway = await startGateway(beats);
    const client = await gateway.client();
    client.send(sized(limits.unauthenticatedFrameBytesMax + 1));
    await client.closed;
    await eventually(() => gateway.lastWords()?.startsWith("session.aborted: frame-too-large"));
  });

  it("silence ends", async () => {
    await using gateway = await startGateway(beats);
    const client = await gateway.client();
    await eventually(() => gateway.codes().includes("session.started"));
    gateway.clock.advance(limits.loginMsMax);
    await client.closed;
    await eventually(() => gateway.lastWords() === "session.aborted: no login in time");
  });

  it("a failed login is answered late, told, and the end", async () => {
    await using gateway = await startGateway(beats);
    const client = await gateway.client();
    const code = client.login("alice", "wrong");
    await eventually(() => gateway.codes().includes("session.authentication-failed"));
    gateway.clock.advance(1);
    expect(await code).toBe(58);
    await client.closed;
    expect(gateway.broker.sockets.size).toBe(0);
  });

  it("random bytes do no harm to anybody", async () => {
    await using gateway = await startGateway(beats);
    const other = await gateway.loggedIn();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const client = await gateway.client();
        client.socket.end(bytes);
        await client.closed;
      }),
      { numRuns: 40 },
    );
    await eventually(() => gateway.ended.count === gateway.connections.length - 1);
    other.send(beat);
    await other.answer();
    expect(gateway.broker.received).toEqual([beat]);
  });
});

describe("after login", () => {
  it("random bodies of real APIs never reach the broker unjudged", async () => {
    let judged = 0;
    await using gateway = await startGateway(() => null, {
      decide() {
        judged++;
        return allow;
      },
    });
    const body = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.nat(100), fc.integer({ min: -1, max: 18 }), body, async (key, version, bytes) => {
        const before = gateway.broker.received.length;
        const client = await gateway.loggedIn();
        judged = 0;
        client.socket.end(rawFrame(key, version, bytes));
        await eventually(() => gateway.ended.count === gateway.connections.length);
        const reached = gateway.broker.received.length - before;
        // what names nothing is judged in its answer
        if (reached > 0 && ![3, 16, 66, 74, 75].includes(key)) expect(judged).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it("a second login as somebody else ends the session", async () => {
    await using gateway = await startGateway(beats);
    const client = await gateway.loggedIn();
    const code = client.login("mallory");
    await eventually(() => gateway.codes().includes("session.authentication-failed"));
    gateway.clock.advance(1);
    expect(await code).toBe(58);
    await client.closed;
    expect(gateway.sessions[0]?.identity?.principal).toBe("alice");
  });

  it("a login that has lapsed passes nothing, a new one goes on", async () => {
    await using gateway = await startGateway(beats, { loginMs: 1_000 });
    const client = await gateway.loggedIn();
    gateway.clock.advance(900);
    expect(await client.login()).toBe(0);
    gateway.clock.advance(900);
    client.send(beat);
    await client.answer();
    gateway.clock.advance(101);
    client.send(beat);
    await client.closed;
    await eventually(() => gateway.lastWords() === "session.aborted: the login has expired");
    expect(gateway.broker.received).toHaveLength(1);
  });
});

/** Bytes that the gateway keeps for the client: what Node could not hand to the system. */
const kept = (gateway: GatewayInTest) => gateway.sockets.at(-1)?.writableLength ?? 0;

describe("pressure", () => {
  it("a client that asks and never reads is no longer read", async () => {
    await using gateway = await startGateway(beats);
    const client = await gateway.loggedIn();
    client.socket.pause();
    const ask = requestFrame(apiVersions, 3, {});
    const many = Buffer.concat(Array.from({ length: 2_000 }, () => ask));
    let most = 0;
    // each request is answered with more than it holds, by ourselves: unbounded, this would be hundreds of MiB
    for (let sent = 0; sent < 300 && client.socket.writableLength < 4 * MiB; sent++) {
      client.socket.write(many);
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, kept(gateway));
    }
    await eventually(() => gateway.sockets.at(-1)?.isPaused());
    expect(Math.max(most, kept(gateway))).toBeLessThan(2 * MiB);
    client.socket.resume();
    expect(decodeResponse(apiVersions, 3, await client.answer()).errorCode).toBe(0);
  });

  it("a broker whose answers are not read is no longer read either, and nothing is lost", async () => {
    const records = Buffer.alloc(MiB, 1);
    const request = requestFrame(fetch, 12, { topics: [{ topic: "t", partitions: [{ partition: 0 }] }] });
    const answers = 40;
    // made big by a field that nobody knows
    const big = { unknownTaggedFields: [{ tag: 9, data: records }] };
    await using gateway = await startGateway((frame, header) =>
      header.apiKey === fetch.key
        ? responseFrame(fetch, header.apiVersion, big, header.correlationId)
        : beats(frame, header),
    );
    const other = await gateway.loggedIn();
    const client = await gateway.loggedIn();
    client.socket.pause();
    client.send(...Array.from({ length: answers }, () => request));
    const link = [...gateway.broker.sockets].at(-1);
    await eventually(() => (link?.writableLength ?? 0) > 8 * MiB, { what: "the broker waits for the client" });
    // whatever the gateway would still take, it takes while somebody else is served
    for (let i = 0; i < 200; i++) {
      other.send(beat);
      await other.answer();
    }
    expect(link?.writableLength).toBeGreaterThan(8 * MiB);
    expect(kept(gateway)).toBeLessThan(16 * MiB);
    client.socket.resume();
    for (let i = 0; i < answers; i++) expect((await client.answer()).length).toBeGreaterThan(MiB);
  });

  it("one that never reads its last answers is cut after a while", async () => {
    await using gateway = await startGateway(beats);
    const client = await gateway.loggedIn();
    client.socket.pause();
    const ask = requestFrame(apiVersions, 3, {});
    const many = Buffer.concat(Array.from({ length: 5_000 }, () => ask));
    // far more answers than the kernel's buffers take
    for (let sent = 0; sent < 20; sent++) {
      client.socket.write(many);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => kept(gateway) >= fullBytes && gateway.sockets[0]?.isPaused());
    gateway.connections[0]?.destroy("the test says so");
    await eventually(() => gateway.lastWords() === "session.ended: the test says so");
    expect(gateway.sockets[0]?.destroyed).toBe(false);
    gateway.clock.advance(limits.lastAnswersMsMax);
    expect(gateway.sockets[0]?.destroyed).toBe(true);
  });
});
