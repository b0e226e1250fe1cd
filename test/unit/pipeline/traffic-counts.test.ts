// What the path counts while requests pass, are refused and are held: over real sockets, as gateway-in-test.ts sets them up.
import { expect, it } from "vitest";
import { eventually } from "../../support/wait.ts";
import { allow, deny, hold, startGateway } from "./gateway-in-test.ts";
import { beat, create, script } from "./traffic-in-test.ts";

it("requests, decisions, bytes, latencies and connections are counted where they happen", async () => {
  await using gateway = await startGateway(script, {
    decide: ({ resource }) => (resource.name === "secret" ? deny : allow),
  });
  const { counts } = gateway;
  const client = await gateway.loggedIn();
  const before = counts.bytes.in;

  const sent = [beat("g", 1), beat("secret", 2)];
  client.send(...sent);
  const answers = [await client.answer(), await client.answer()];

  expect(counts.requests.get("Heartbeat")?.count).toBe(2);
  expect(counts.requests.get("SaslAuthenticate")?.count).toBe(1);
  expect(counts.decisions).toEqual({ allow: 1, deny: 1, hold: 0 });
  expect(counts.bytes.in - before).toBe(sent.reduce((sum, frame) => sum + frame.length, 0));
  expect(counts.bytes.out).toBeGreaterThanOrEqual(answers.reduce((sum, frame) => sum + frame.length, 0));
  const count = (of: Float64Array) => of.reduce((sum, one) => sum + one, 0);
  expect(count(counts.requestSeconds.other.classes)).toBe(2);
  expect(count(counts.brokerSeconds.other.classes)).toBe(1);
  expect(count(counts.decideSeconds.classes)).toBe(1);
  expect(counts.brokers).toEqual({ opened: 1, closed: 0, failed: 0 });

  client.socket.destroy();
  await eventually(() => counts.brokers.closed === 1, { what: "the end of the broker's connection" });
});

it("a held request is waiting, then settled, and its wait is no part of the broker's time", async () => {
  const people = Promise.withResolvers<void>();
  await using gateway = await startGateway(script, {
    decide: () => hold,
    async ask() {
      await people.promise;
      return { kind: "approved", approval: { id: "apr_1", approvers: ["carol"] }, bound: {} };
    },
  });
  const { counts, clock } = gateway;
  const client = await gateway.loggedIn();
  client.send(create(1));
  await eventually(() => counts.holds.waiting === 1, { what: "the hold" });

  clock.advance(4_000);
  people.resolve();
  await client.answer();

  expect(counts.decisions.hold).toBe(1);
  expect(counts.holds).toEqual({ waiting: 0, allow: 1, refuse: 0 });
  expect(counts.holdSeconds.sum).toBe(4);
  expect(counts.requestSeconds.other.sum).toBe(4);
  expect(counts.brokerSeconds.other.sum).toBe(0);
});
