// A connection end to end over loopback: order, the record before the effect, holds.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApprovalOutcome } from "../../../src/model/approval.ts";
import { createTopics } from "../../../src/protocols/kafka/messages/create-topics.ts";
import { heartbeat } from "../../../src/protocols/kafka/messages/heartbeat.ts";
import { listGroups } from "../../../src/protocols/kafka/messages/list-groups.ts";
import type { Script } from "../../support/fake-broker.ts";
import { decodeResponse, requestFrame, responseFrame } from "../../support/frames.ts";
import { deferred, eventually } from "../../support/wait.ts";
import { allow, deny, hold, startGateway } from "./gateway-in-test.ts";
import { beat, correlationOf, create, errorOf, script, write } from "./traffic-in-test.ts";

const approved: ApprovalOutcome = { kind: "approved", approval: { id: "apr_1", approvers: ["carol"] }, bound: {} };

describe("requests and answers", () => {
  it("keeps the order with our own answers between the broker's", async () => {
    const open = deferred();
    const slow: Script = async (frame, header, socket) => {
      await open.promise;
      return script(frame, header, socket);
    };
    await using gateway = await startGateway(slow, {
      decide: ({ resource }) => (resource.name === "secret" ? deny : allow),
    });
    const client = await gateway.loggedIn();
    client.send(beat("a", 1), beat("secret", 2), beat("b", 3), beat("secret", 4));
    await eventually(() => gateway.broker.received.length === 2);
    open.resolve();
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await client.answer());
    expect(answers.map(correlationOf)).toEqual([1, 2, 3, 4]);
    expect(answers.map(errorOf)).toEqual([0, 30, 0, 30]);
  });

  it("holds for any mixture, however the stream is cut", async () => {
    await using gateway = await startGateway(script, {
      decide: ({ resource }) => (resource.name === "secret" ? deny : allow),
    });
    const client = await gateway.loggedIn();
    const one = fc.constantFrom("a", "secret", "silent");
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 12 }), fc.nat(40), async (kinds, cut) => {
        const frames = kinds.map((kind, index) => (kind === "silent" ? write(0, "t", index) : beat(kind, index)));
        const stream = Buffer.concat(frames);
        client.send(stream.subarray(0, cut));
        client.send(stream.subarray(cut));
        for (const [index, kind] of kinds.entries()) {
          if (kind === "silent") continue;
          const answer = await client.answer();
          expect([correlationOf(answer), errorOf(answer)]).toEqual([index, kind === "secret" ? 30 : 0]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("passes a request and its answer byte for byte", async () => {
    await using gateway = await startGateway(script);
    const client = await gateway.loggedIn();
    const request = beat("a", 9);
    client.send(request);
    expect(await client.answer()).toEqual(responseFrame(heartbeat, 4, {}, 9));
    expect(gateway.broker.received).toEqual([request]);
  });

  it("ends where the broker answers something else than it was asked", async () => {
    await using gateway = await startGateway((_frame, header) =>
      responseFrame(heartbeat, header.apiVersion, {}, header.correlationId + 1),
    );
    const client = await gateway.loggedIn();
    client.send(beat("a", 1));
    await client.closed;
    await eventually(() => gateway.codes().includes("broker.lost"));
  });
});

describe("the record comes before the effect", () => {
  it("waits for it, and asks the broker only then", async () => {
    const written = deferred();
    await using gateway = await startGateway(script, {
      record: ({ code }) => (code === "operation.allowed" ? written.promise : Promise.resolve()),
    });
    const client = await gateway.loggedIn();
    client.send(beat("a", 1), beat("a", 2));
    // a second round trip of the event loop on a second connection: whatever would pass would have passed
    await (await gateway.client()).login();
    expect(gateway.broker.received).toEqual([]);
    written.resolve();
    expect([await client.answer(), await client.answer()].map(correlationOf)).toEqual([1, 2]);
    expect(gateway.codes().filter((code) => code === "operation.allowed")).toHaveLength(1);
  });

  it("refuses what cannot be recorded, and goes on once it can", async () => {
    let full = true;
    await using gateway = await startGateway(script, {
      record: async ({ code }) => {
        if (full && code === "operation.allowed") throw new Error("disk full");
      },
    });
    const client = await gateway.loggedIn();
    client.send(beat("a", 1));
    expect(errorOf(await client.answer())).toBe(30);
    expect(gateway.broker.received).toEqual([]);
    full = false;
    client.send(beat("a", 2));
    expect(errorOf(await client.answer())).toBe(0);
  });

  it("ends the connection where a mere listing cannot be recorded: its form has no refusal", async () => {
    await using gateway = await startGateway(script, {
      record: async ({ code }) => {
        if (code === "operation.allowed") throw new Error("disk full");
      },
    });
    const client = await gateway.loggedIn();
    client.send(requestFrame(listGroups, 4, {}));
    await client.closed;
    expect(gateway.broker.received).toEqual([]);
    await eventually(() => gateway.lastWords()?.startsWith("session.aborted: audit-unavailable"));
  });

  it("does not even begin a session that cannot be recorded", async () => {
    await using gateway = await startGateway(script, {
      record: ({ code }) => (code === "session.started" ? Promise.reject(new Error("disk full")) : Promise.resolve()),
    });
    await (await gateway.client()).closed;
  });
});

describe("holding", () => {
  it("lets nothing overtake a request that waits, and goes on when people said yes", async () => {
    const people = deferred<ApprovalOutcome>();
    const asked = deferred();
    await using gateway = await startGateway(script, {
      decide: ({ name }) => (name === "topic.create" ? hold : allow),
      ask() {
        asked.resolve();
        return people.promise;
      },
    });
    const client = await gateway.loggedIn();
    client.send(create(1), beat("a", 2));
    await asked.promise;
    expect(gateway.broker.received).toEqual([]);
    people.resolve(approved);
    expect([await client.answer(), await client.answer()].map(correlationOf)).toEqual([1, 2]);
    await eventually(() => gateway.reports.length > 0);
    expect(gateway.reports).toEqual([["apr_1", "NONE"]]);
    const told = gateway.events.filter(({ operation }) => operation?.name === "topic.create");
    expect(told.map(({ code }) => code)).toEqual(["operation.held", "operation.allowed", "operation.outcome"]);
  });

  it("answers a ticket with POLICY_VIOLATION and its sentence", async () => {
    await using gateway = await startGateway(script, {
      decide: () => hold,
      ask: async () => ({ kind: "pending", approval: { id: "apr_1", approvers: [] }, message: "apr_1: ask again" }),
    });
    const client = await gateway.loggedIn();
    client.send(create(1));
    expect(decodeResponse(createTopics, 7, await client.answer()).topics[0]).toMatchObject({
      errorCode: 44,
      errorMessage: "apr_1: ask again",
    });
    expect(gateway.broker.received).toEqual([]);
  });

  it("ends the wait when the client goes, and then nothing is executed", async () => {
    const asked = deferred<AbortSignal>();
    await using gateway = await startGateway(script, {
      decide: () => hold,
      ask(_ask, signal) {
        asked.resolve(signal);
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve(approved)));
      },
    });
    const client = await gateway.loggedIn();
    client.send(create(1));
    const signal = await asked.promise;
    client.socket.destroy();
    await eventually(() => gateway.ended.count === 1);
    expect(signal.aborted).toBe(true);
    expect(gateway.broker.received).toEqual([]);
    expect(gateway.reports).toEqual([["apr_1", "given back"]]);
  });

  it("executes nothing that came with what was held, either, when the client goes", async () => {
    const asked = deferred();
    await using gateway = await startGateway(script, {
      decide: ({ resource }) => (resource.name === "orders" ? hold : allow),
      ask(_ask, signal) {
        asked.resolve();
        const pending = { kind: "pending", approval: { id: "apr_1", approvers: [] }, message: "later" } as const;
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve(pending)));
      },
    });
    const client = await gateway.loggedIn();
    client.send(requestFrame(createTopics, 7, { topics: [{ name: "orders" }, { name: "free" }] }));
    await asked.promise;
    client.socket.destroy();
    await eventually(() => gateway.ended.count === 1);
    expect(gateway.broker.received).toEqual([]);
  });

  it("does not run what was approved and could not be recorded", async () => {
    await using gateway = await startGateway(script, {
      decide: () => hold,
      ask: async () => approved,
      record: async ({ code }) => {
        if (code === "operation.allowed") throw new Error("disk full");
      },
    });
    const client = await gateway.loggedIn();
    client.send(create(1));
    expect(decodeResponse(createTopics, 7, await client.answer()).topics[0]?.errorCode).toBe(29);
    expect(gateway.broker.received).toEqual([]);
    expect(gateway.reports).toEqual([["apr_1", "given back"]]);
  });

  it("says UNKNOWN of an approved operation whose broker went away", async () => {
    await using gateway = await startGateway(
      (frame, header, socket) => {
        // it answers what it is only asked, and dies of what it shall do
        if (header.correlationId < 0) return script(frame, header, socket);
        socket.destroy();
        return null;
      },
      { decide: () => hold, ask: async () => approved },
    );
    const client = await gateway.loggedIn();
    client.send(create(1));
    await client.closed;
    await eventually(() => gateway.reports.length > 0);
    expect(gateway.reports).toEqual([["apr_1", "UNKNOWN"]]);
  });
});
