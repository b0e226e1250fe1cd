// Brokers that are opened for one look-up: once each, as the caller, within one bounded time, and closed with it.
import { expect, it } from "vitest";
import { limits } from "../../../src/base/limits.ts";
import { OpenedBrokers } from "../../../src/pipeline/other-brokers.ts";
import { ask } from "../../../src/protocols/kafka/ask.ts";
import { kafka } from "../../../src/protocols/kafka/index.ts";
import { listGroups } from "../../../src/protocols/kafka/messages/list-groups.ts";
import { type FakeBroker, type Script, startFakeBroker } from "../../support/fake-broker.ts";
import { responseFrame } from "../../support/frames.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { eventually } from "../../support/wait.ts";

const answers: Script = (_frame, header) => responseFrame(listGroups, 4, {}, header.correlationId);
const isSilent: Script = () => null;

function lookUp(broker: FakeBroker | null) {
  const clock = manualClock();
  const loggedIn: number[] = [];
  const brokers = new OpenedBrokers({
    protocol: kafka,
    clock,
    // nobody listens on port 1
    target: () => ({ host: "127.0.0.1", port: broker?.port ?? 1, tls: null, answerBytesMax: 1_000 }),
    login: async () => void loggedIn.push(1),
  });
  const groups = async (node: number) => ask(await brokers.channel(node), listGroups, 4, listGroups.request.create({}));
  return { brokers, clock, loggedIn, groups };
}

it("opens each broker once and logs in there, however much it is asked, and closes all in the end", async () => {
  await using broker = await startFakeBroker(answers);
  const { brokers, loggedIn, groups, clock } = lookUp(broker);
  await Promise.all([groups(1), groups(1), groups(2)]);
  expect([loggedIn.length, broker.sockets.size]).toEqual([2, 2]);

  brokers.close();

  await eventually(() => broker.sockets.size === 0, { what: "the end of both connections" });
  expect(clock.timers).toBe(0);
  await expect(groups(3)).rejects.toMatchObject({ code: "broker-unavailable" });
});

it("gives up all that is not answered when the time is over, and closes it", async () => {
  await using broker = await startFakeBroker(isSilent);
  const { clock, groups } = lookUp(broker);
  const asked = groups(1);
  asked.catch(() => {});
  await eventually(() => broker.received.length === 1, { what: "the question" });

  clock.advance(limits.factsMsMax);

  await expect(asked).rejects.toMatchObject({ code: "broker-unavailable" });
  await eventually(() => broker.sockets.size === 0, { what: "the end of the connection" });
});

it("says of one that is away that it is, and asks no more than so many", async () => {
  const { brokers, groups } = lookUp(null);
  await expect(groups(1)).rejects.toMatchObject({ code: "broker-unavailable" });
  const many = Array.from({ length: limits.factsBrokersMax }, (_, i) => brokers.channel(i + 2));
  const settled = await Promise.allSettled(many);
  expect(settled.at(-1)).toMatchObject({ reason: { code: "overloaded" } });
  expect(settled.at(0)).toMatchObject({ reason: { code: "broker-unavailable" } });
});
