// Listings of all that a cluster has: the same answer as by decoding, whatever is hidden and at every version, and other connections get their
// turn meanwhile.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../../../src/base/limits.ts";
import { authorizedOperations } from "../../../../src/protocols/kafka/authorized-operations.ts";
import { listGroups } from "../../../../src/protocols/kafka/messages/list-groups.ts";
import { type MetadataResponseTopic, metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import type { ApiMessages, Init } from "../../../../src/protocols/kafka/schema.ts";
import type { AnswerServices } from "../../../../src/protocols/protocol.ts";
import { decodeResponse, requestFrame, responseFrame } from "../../../support/frames.ts";
import { gatewayHost, gatewayPorts, servicesInTest, stepOf, verdictsOf } from "../../../support/scenario.ts";

const versions = { min: 4, max: 13 };
const bitsFrom = 8;
const idsFrom = 10;
const flexibleFrom = 9;
const everyTopic = { topics: null, allowAutoTopicCreation: false };

/** What the gateway makes of a broker's answer to a request that lists. */
async function listed<Req, Res>(
  api: ApiMessages<Req, Res>,
  version: number,
  request: Init<Req>,
  answer: Buffer,
  services: AnswerServices,
) {
  const step = await stepOf(requestFrame(api, version, request));
  if (step.kind !== "exchange") throw new Error(step.kind);
  const enforced = await step.exchange.enforce(verdictsOf(step.exchange.operations), services);
  if (enforced.kind !== "forward") throw new Error(enforced.kind);
  const { bytes, omitted } = await enforced.answer(answer, services);
  return { response: decodeResponse(api, version, Buffer.concat(bytes ?? [])), omitted };
}

const idOf = (index: number): string => {
  const bytes = Buffer.alloc(16, 1);
  bytes.writeUInt32BE(index, 12);
  return bytes.toString("base64url");
};

const topic = (name: string, index: number, version: number, partitions: number, tagged = false) => ({
  errorCode: index % 7 === 6 ? 3 : 0,
  name,
  isInternal: index % 3 === 0,
  ...(version >= idsFrom && { topicId: idOf(index) }),
  partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
    partitionIndex,
    leaderId: 1,
    replicaNodes: [1, 2].slice(partitionIndex % 2),
    isrNodes: [1],
    offlineReplicas: partitionIndex === 1 ? [2] : [],
  })),
  ...(tagged && version >= flexibleFrom && { unknownTaggedFields: [{ tag: 7, data: Buffer.from("kept") }] }),
});

const answerOf = (version: number, topics: readonly Init<MetadataResponseTopic>[]) => ({
  brokers: [{ nodeId: 1, host: "broker.example", port: 9092, rack: "a" }],
  clusterId: "cluster",
  controllerId: 1,
  topics,
  ...(version === 13 && { errorCode: 0 }),
});

describe("all topics", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z.]{1,40}$/), { maxLength: 12 });

  it("leave as they would if they were decoded, without those that the caller may not see", async () => {
    const cases = fc.record({
      version: fc.integer(versions),
      all: names,
      hiddenOf: fc.func(fc.boolean()),
      partitions: fc.nat(3),
      bits: fc.boolean(),
      tagged: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ version, all, hiddenOf, partitions, bits, tagged }) => {
        const hidden = all.filter((name) => hiddenOf(name));
        const asked = bits && version >= bitsFrom;
        const topics = all.map((name, index) => topic(name, index, version, partitions, tagged));
        const services = servicesInTest({ hidden });
        const request = { ...everyTopic, includeTopicAuthorizedOperations: asked };
        const answer = responseFrame(metadata, version, answerOf(version, topics));
        const { response, omitted } = await listed(metadata, version, request, answer, services);
        const [allBits] = authorizedOperations("topic", [""], services);
        const expected = decodeResponse(metadata, version, answer);
        expect(response).toEqual({
          ...expected,
          brokers: [{ ...expected.brokers[0], host: gatewayHost, port: gatewayPorts + 1 }],
          topics: expected.topics
            .filter(({ name }) => !hidden.includes(name ?? ""))
            .map((one) => (asked ? { ...one, topicAuthorizedOperations: allBits } : one)),
        });
        expect(omitted).toBe(hidden.length);
      }),
      { numRuns: 200 },
    );
  });

  it("do not tell what the gateway's account may do, when a broker says so unasked", async () => {
    const answer = responseFrame(metadata, 12, answerOf(12, [{ name: "orders", topicAuthorizedOperations: 4088 }]));
    const { response } = await listed(metadata, 12, everyTopic, answer, servicesInTest());
    expect(response.topics).toMatchObject([{ name: "orders", topicAuthorizedOperations: -2147483648 }]);
  });

  const good = responseFrame(metadata, 12, answerOf(12, [topic("orders", 1, 12, 1)]));
  const resized = (bytes: Buffer) => {
    bytes.writeInt32BE(bytes.length - 4, 0);
    return bytes;
  };
  it.each([
    ["more bytes than its message", resized(Buffer.concat([good, Buffer.alloc(1)]))],
    ["fewer", resized(Buffer.from(good.subarray(0, -3)))],
    ["a name that is not UTF-8", Buffer.from(good.toString("latin1").replace("orders", "or\xffers"), "latin1")],
  ])("of an answer with %s are malformed", async (_, answer) => {
    await expect(listed(metadata, 12, everyTopic, answer, servicesInTest())).rejects.toMatchObject({
      code: "message-malformed",
    });
  });
});

describe("long listings", () => {
  const count = 10 * limits.listSliceMax + 1;
  const all = Array.from({ length: count }, (_, index) => `thing.${index}`);

  /** Services that note how many operations each call judges, and how often others had their turn between calls. */
  function watched() {
    const calls: number[] = [];
    let turns = 0;
    let open = true;
    const tick = () => {
      turns++;
      if (open) setImmediate(tick);
    };
    setImmediate(tick);
    const { judge, ...others } = servicesInTest({ hidden: ["thing.5", `thing.${count - 1}`] });
    const services: AnswerServices = {
      ...others,
      judge(operations) {
        calls.push(operations.length);
        return judge(operations);
      },
    };
    return { services, calls, turns: () => turns, end: () => void (open = false) };
  }

  it.each([
    [
      "topics",
      metadata,
      12,
      everyTopic,
      answerOf(
        12,
        all.map((name, index) => topic(name, index, 12, 1)),
      ),
    ],
    ["groups", listGroups, 4, {}, { groups: all.map((groupId) => ({ groupId })) }],
  ] as const)(
    "of %s are judged in slices, with everybody's turn between them",
    async (_, api, version, request, answer) => {
      const watch = watched();
      const frame = responseFrame(api as ApiMessages, version, answer);
      const { omitted } = await listed(api as ApiMessages, version, request, frame, watch.services);
      watch.end();
      expect(omitted).toBe(2);
      expect(watch.calls).toEqual([...Array.from({ length: 10 }, () => limits.listSliceMax), 1]);
      expect(watch.turns()).toBeGreaterThanOrEqual(10);
    },
  );
});
