import { describe, expect, test } from "vitest";
import { readRequestHeader } from "../../../../src/protocols/kafka/header.ts";
import { apiVersions } from "../../../../src/protocols/kafka/messages/api-versions.ts";
import { VersionQuestion } from "../../../../src/protocols/kafka/version-question.ts";
import { responseFrame } from "../../../support/frames.ts";

/** A broker that knows ApiVersions up to `max`; says what it was asked. */
function brokerOf(max: number) {
  const asked: number[] = [];
  const its = {
    max,
    asked,
    ask(frame: Buffer): Promise<Buffer> {
      const { apiVersion, correlationId } = readRequestHeader(frame);
      asked.push(apiVersion);
      const apiKeys = [{ apiKey: apiVersions.key, minVersion: 0, maxVersion: its.max }];
      if (apiVersion > its.max)
        return Promise.resolve(responseFrame(apiVersions, 0, { errorCode: 35, apiKeys }, correlationId));
      return Promise.resolve(responseFrame(apiVersions, apiVersion, { apiKeys }, correlationId));
    },
  };
  return its;
}

async function login(question: VersionQuestion, broker: ReturnType<typeof brokerOf>) {
  const first = await question.first(broker);
  return question.more(broker, first);
}

describe("what a broker offers", () => {
  test("is asked once at each login, in the version that tells of all features", async () => {
    const broker = brokerOf(4);
    const question = new VersionQuestion();
    await login(question, broker);
    await login(question, broker);
    expect(broker.asked).toEqual([4, 4]);
  });

  test("is the same object as long as the broker says the same, and another when it says something else", async () => {
    const broker = brokerOf(4);
    const question = new VersionQuestion();
    const before = await login(question, broker);
    const again = await login(question, broker);
    broker.max = 5;
    const upgraded = await login(question, broker);
    expect(again.response).toBe(before.response);
    expect(upgraded.response.apiKeys).toMatchObject([{ maxVersion: 5 }]);
  });

  test("is asked of an older broker in the version that it knows, from the next login on at once", async () => {
    const broker = brokerOf(3);
    const question = new VersionQuestion();
    const { response } = await login(question, broker);
    await login(question, broker);
    expect(response.apiKeys).toMatchObject([{ maxVersion: 3 }]);
    expect(broker.asked).toEqual([4, 3, 3]);
  });

  test("is asked once more after the login of a broker that was upgraded, and at once from then on", async () => {
    const broker = brokerOf(3);
    const question = new VersionQuestion();
    await login(question, broker);
    broker.max = 4;
    await login(question, broker);
    await login(question, broker);
    expect(broker.asked).toEqual([4, 3, 3, 4, 4]);
  });

  test("is not known of a broker older than Kafka 2.4", async () => {
    await expect(new VersionQuestion().first(brokerOf(2))).rejects.toThrow(/older than Kafka 2.4/);
  });
});
