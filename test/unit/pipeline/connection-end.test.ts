// How a connection ends, and that what was sent before its end still counts: writes without an answer, work in flight.
import { describe, expect, it } from "vitest";
import { limits } from "../../../src/base/limits.ts";
import { deleteTopics } from "../../../src/protocols/kafka/messages/delete-topics.ts";
import { requestFrame } from "../../support/frames.ts";
import { deferred, eventually } from "../../support/wait.ts";
import { deny, startGateway } from "./gateway-in-test.ts";
import { beat, correlationOf, script, write } from "./traffic-in-test.ts";

describe("acks=0", () => {
  it("takes no place in the order", async () => {
    await using gateway = await startGateway(script);
    const client = await gateway.loggedIn();
    client.send(write(0, "t", 1), beat("a", 2), write(0, "t", 3), beat("a", 4));
    expect([await client.answer(), await client.answer()].map(correlationOf)).toEqual([2, 4]);
  });

  it("is still forwarded when the client writes and leaves", async () => {
    await using gateway = await startGateway(script);
    const client = await gateway.loggedIn();
    const frames = [write(0, "t", 1), write(0, "t", 2), write(0, "u", 3)];
    client.socket.end(Buffer.concat(frames));
    await eventually(() => gateway.broker.received.length === 3);
    expect(gateway.broker.received).toEqual(frames);
    await eventually(() => gateway.lastWords() === "session.ended: closed by the client");
  });

  it("ends the connection where it is refused", async () => {
    await using gateway = await startGateway(script, { decide: () => deny });
    const client = await gateway.loggedIn();
    client.send(write(0, "t", 1));
    await client.closed;
    await eventually(() => gateway.lastWords()?.startsWith("session.aborted"));
    expect(gateway.broker.received).toEqual([]);
  });
});

describe("the end", () => {
  it("comes with the broker's", async () => {
    await using gateway = await startGateway(script);
    const client = await gateway.loggedIn();
    for (const socket of gateway.broker.sockets) socket.destroy();
    await client.closed;
    await eventually(() => gateway.codes().includes("session.ended"));
    expect(gateway.codes()).toContain("broker.lost");
  });

  it("waits for what is in flight when the gateway stops", async () => {
    const open = deferred();
    await using gateway = await startGateway(async (frame, header, socket) => {
      await open.promise;
      return script(frame, header, socket);
    });
    const client = await gateway.loggedIn();
    client.send(beat("a", 1));
    await eventually(() => gateway.broker.received.length === 1);
    gateway.connections[0]?.drain();
    open.resolve();
    expect(correlationOf(await client.answer())).toBe(1);
    await client.closed;
    await eventually(() => gateway.lastWords() === "session.ended: the gateway is stopping");
  });

  it("comes with a version that is not offered, and is told", async () => {
    await using gateway = await startGateway(script);
    const client = await gateway.loggedIn();
    const frame = Buffer.from(requestFrame(deleteTopics, 1, {}));
    frame.writeInt16BE(0, 6);
    client.send(frame);
    await client.closed;
    await eventually(() => gateway.lastWords()?.startsWith("session.aborted"));
    expect(gateway.codes()).toContain("operation.denied");
    expect(gateway.broker.received).toEqual([]);
  });
});

describe("a client that closes its side with requests in flight", () => {
  it("has them carried out, and is answered as by a broker: not any more", async () => {
    const open = deferred();
    await using gateway = await startGateway(async (frame, header, socket) => {
      await open.promise;
      return script(frame, header, socket);
    });
    const client = await gateway.loggedIn();
    const frames = [beat("a", 1), write(1, "ack1", 2)];
    client.socket.end(Buffer.concat(frames));
    await eventually(() => gateway.broker.received.length === 2);
    expect(gateway.broker.received).toEqual(frames);
    await client.closed;
    await eventually(() => gateway.lastWords() === "session.ended: closed by the client");
    open.resolve();
    await eventually(() => gateway.broker.sockets.size === 0, { what: "the end of the broker link" });
    expect(gateway.ended.count).toBe(1);
  });

  it("before its login ends at once, and leaves no timer", async () => {
    await using gateway = await startGateway(script);
    const client = await gateway.client();
    await eventually(() => gateway.codes().includes("session.started"));
    client.socket.end();
    await client.closed;
    await eventually(() => gateway.lastWords() === "session.ended: closed by the client");
    gateway.clock.advance(limits.loginMsMax);
    expect(gateway.clock.timers).toBe(0);
    expect(gateway.codes()).not.toContain("session.aborted");
  });
});
