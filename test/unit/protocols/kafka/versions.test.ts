// What clients are told: only what both sides know, and nothing that no client may ask.
import { describe, expect, test } from "vitest";
import { apiByName, apis } from "../../../../src/protocols/kafka/messages/index.ts";
import {
  advertised,
  coverable,
  excludedApis,
  intersect,
  narrowedApis,
} from "../../../../src/protocols/kafka/versions.ts";

const keyOf = (name: string): number => {
  const api = apiByName(name);
  if (api === undefined) throw new Error(`no API ${name}`);
  return api.key;
};

/** What a broker says that offers everything the codec reads. */
const everything = apis.map(({ key, request }) => ({
  apiKey: key,
  minVersion: request.versions.min,
  maxVersion: request.versions.max,
}));

describe("what can be covered", () => {
  test.each([
    "Vote",
    "Envelope",
    "BrokerRegistration",
    "FetchSnapshot",
    "AlterPartition",
    ...Object.keys(excludedApis),
  ])("has no %s", (name) => {
    expect(coverable.has(keyOf(name))).toBe(false);
  });

  test.each(Object.entries(narrowedApis))("narrows %s, within what the codec reads", (name, { versions }) => {
    expect(coverable.get(keyOf(name))).toEqual(versions);
    const { min, max } = apiByName(name)?.request.versions ?? { min: 0, max: 0 };
    expect(versions.min >= min && versions.max <= max).toBe(true);
  });

  test("leaves out a version that is not stable", () => {
    expect(apiByName("InitProducerId")?.request.versions.max).toBe(6);
    expect(coverable.get(keyOf("InitProducerId"))?.max).toBe(5);
  });
});

describe("the intersection", () => {
  test("of a broker that offers everything is all that can be covered", () => {
    expect(intersect(everything, coverable)).toEqual(coverable);
  });

  test("takes the higher minimum and the lower maximum", () => {
    const offered = intersect([{ apiKey: 1, minVersion: 0, maxVersion: 11 }], new Map([[1, { min: 4, max: 17 }]]));
    expect([...offered]).toEqual([[1, { min: 4, max: 11 }]]);
  });

  test("drops keys that we do not know and APIs without a common version", () => {
    const broker = [
      { apiKey: 999, minVersion: 0, maxVersion: 1 },
      { apiKey: 1, minVersion: 19, maxVersion: 20 },
    ];
    expect(intersect(broker, coverable).size).toBe(0);
  });
});

describe("the ApiVersions answer", () => {
  test("advertises Produce and SaslHandshake from 0 for librdkafka, and everything else as it is", () => {
    const lines = advertised(intersect(everything, coverable));
    expect(lines[0]).toEqual({ apiKey: 0, minVersion: 0, maxVersion: 13 });
    expect(lines.find(({ apiKey }) => apiKey === 17)).toEqual({ apiKey: 17, minVersion: 0, maxVersion: 1 });
    expect(lines.find(({ apiKey }) => apiKey === 1)).toEqual({ apiKey: 1, minVersion: 4, maxVersion: 18 });
  });
});
