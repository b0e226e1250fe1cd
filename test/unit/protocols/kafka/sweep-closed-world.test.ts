// The world is closed: every API key and version that is not offered ends at the gateway, and before login so does everything.
import { describe, expect, it } from "vitest";
import { apiVersions } from "../../../../src/protocols/kafka/messages/api-versions.ts";
import { apiByKey } from "../../../../src/protocols/kafka/messages/index.ts";
import { ruleOf } from "../../../../src/protocols/kafka/operations/index.ts";
import { coverable, excludedApis } from "../../../../src/protocols/kafka/versions.ts";
import { fakeChannel } from "../../../support/fake-broker.ts";
import { decodeResponse, rawFrame } from "../../../support/frames.ts";
import { bookInTest, clusterInTest, sessionInTest } from "../../../support/scenario.ts";

const cluster = await clusterInTest();
const keys = Array.from({ length: 201 }, (_, key) => key);
const handled = [17, 18, 36];

function versionsToTry(key: number): number[] {
  const max = apiByKey(key)?.request.versions.max ?? 3;
  return Array.from({ length: max + 4 }, (_, index) => index - 1);
}

const offered = (key: number, version: number) => {
  const versions = handled.includes(key) ? coverable.get(key) : cluster.offered.get(key);
  return versions !== undefined && version >= versions.min && version <= versions.max;
};

describe("the world is closed", () => {
  it.each(keys)("key %i: no version that is not offered reaches the broker", async (key) => {
    for (const version of versionsToTry(key).filter((each) => !offered(key, each))) {
      const channel = fakeChannel();
      const session = cluster.session(sessionInTest(), bookInTest(), ["PLAIN"]);
      const step = await session.next(rawFrame(key, version), channel);
      if (key === apiVersions.key) {
        if (step.kind !== "reply") throw new Error(step.kind);
        expect(decodeResponse(apiVersions, 0, step.bytes).errorCode).toBe(35);
      } else {
        expect(step).toMatchObject({ kind: "refuse", bytes: null });
      }
      expect(channel.asked).toEqual([]);
    }
  });

  it.each(keys.filter((key) => !handled.includes(key)))("key %i: nothing before login", async (key) => {
    for (const version of versionsToTry(key)) {
      const session = cluster.session(sessionInTest(), bookInTest(), ["PLAIN"]);
      expect((await session.next(rawFrame(key, version), null)).kind).toBe("abort");
    }
  });

  it("offers nothing that no rule guards", () => {
    for (const key of cluster.offered.keys()) {
      if (!handled.includes(key)) expect(ruleOf(key), `API ${key}`).toBeDefined();
    }
  });

  it("offers no API of controllers, of brokers among themselves, or of delegation tokens", () => {
    for (const key of cluster.offered.keys()) {
      const api = apiByKey(key);
      expect(api?.listeners).toContain("broker");
      expect(Object.hasOwn(excludedApis, api?.name ?? "")).toBe(false);
    }
  });
});
