// The gateway's own questions on a client's broker link: they wait behind what the client asked, and only their own time counts.
import { describe, expect, test } from "vitest";
import { limits } from "../../../src/base/limits.ts";
import { openBroker } from "../../../src/pipeline/broker-link.ts";
import { InFlight } from "../../../src/pipeline/in-flight.ts";
import { kafka } from "../../../src/protocols/kafka/index.ts";
import { heartbeat } from "../../../src/protocols/kafka/messages/heartbeat.ts";
import { startFakeBroker } from "../../support/fake-broker.ts";
import { responseFrame } from "../../support/frames.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { type Deferred, deferred, eventually } from "../../support/wait.ts";
import { beat, correlationOf } from "./traffic-in-test.ts";

/** A link to a broker that answers each request when the test lets it. */
async function linked() {
  const answers = new Map<number, Deferred<void>>();
  const broker = await startFakeBroker(async (_frame, { apiVersion, correlationId }) => {
    const open = deferred();
    answers.set(correlationId, open);
    await open.promise;
    return responseFrame(heartbeat, apiVersion, {}, correlationId);
  });
  const clock = manualClock();
  const inFlight = new InFlight(() => {});
  const address = { host: "127.0.0.1", port: broker.port, tls: null, answerBytesMax: 1_000_000 };
  const link = await openBroker(address, { protocol: kafka, inFlight, clock });
  const ended: string[] = [];
  link.watch({ ended: (reason) => void ended.push(reason), moved() {}, reading() {}, read() {} });
  const answered: number[] = [];
  return {
    link,
    clock,
    ended,
    answered,
    /** A request of the client's, whose answer may take as long as it likes. */
    forward(correlation: number) {
      inFlight.expect({ correlation, take: () => void answered.push(correlation), lost: () => {} });
      link.write(beat("g", correlation));
    },
    async answer(correlation: number) {
      (await eventually(() => answers.get(correlation))).resolve();
    },
    async [Symbol.asyncDispose]() {
      link.close();
      for (const open of answers.values()) open.resolve();
      await broker[Symbol.asyncDispose]();
    },
  };
}

describe("a question of the gateway's own", () => {
  test("ends the link when it is not answered in time", async () => {
    await using it = await linked();
    const asked = it.link.ask(beat("own", 1));
    it.clock.advance(limits.brokerAskMsMax - 1);
    expect(it.ended).toEqual([]);
    it.clock.advance(1);
    await expect(asked).rejects.toThrow("the broker went away");
    expect(it.ended).toEqual(["no answer in time"]);
  });

  test("waits as long as the client's request before it", async () => {
    await using it = await linked();
    it.forward(1);
    const asked = it.link.ask(beat("own", 2));
    it.clock.advance(10 * limits.brokerAskMsMax);
    expect(it.ended).toEqual([]);
    await it.answer(1);
    await it.answer(2);
    expect(correlationOf(await asked)).toBe(2);
    expect(it.answered).toEqual([1]);
  });

  test("has its time from when the request before it is answered, and no more", async () => {
    await using it = await linked();
    it.forward(1);
    const asked = it.link.ask(beat("own", 2));
    it.clock.advance(10 * limits.brokerAskMsMax);
    await it.answer(1);
    await eventually(() => it.answered.length === 1);
    it.clock.advance(limits.brokerAskMsMax);
    await expect(asked).rejects.toThrow("the broker went away");
  });

  test("that was answered leaves no timer behind", async () => {
    await using it = await linked();
    const asked = it.link.ask(beat("own", 1));
    const behind = it.link.ask(beat("own", 2));
    await it.answer(1);
    await it.answer(2);
    await Promise.all([asked, behind]);
    expect(it.clock.timers).toBe(0);
    it.clock.advance(10 * limits.brokerAskMsMax);
    expect(it.ended).toEqual([]);
  });
});
