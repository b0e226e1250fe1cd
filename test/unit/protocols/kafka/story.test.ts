// Every API has a sentence of its own, and reads like one, whatever its messages hold.
import { describe, expect, it, test } from "vitest";
import { decodeFrames, FrameBuffer, measureFrame } from "../../../../src/audit/frames.ts";
import type { JsonObject } from "../../../../src/base/json.ts";
import type { FrameKind, RecordedFrame } from "../../../../src/model/recording.ts";
import { errorCode } from "../../../../src/protocols/kafka/errors.ts";
import { scannedDigest } from "../../../../src/protocols/kafka/kept.ts";
import { createTopics } from "../../../../src/protocols/kafka/messages/create-topics.ts";
import { deleteTopics } from "../../../../src/protocols/kafka/messages/delete-topics.ts";
import { fetch } from "../../../../src/protocols/kafka/messages/fetch.ts";
import { metadata } from "../../../../src/protocols/kafka/messages/metadata.ts";
import { produce } from "../../../../src/protocols/kafka/messages/produce.ts";
import { rules } from "../../../../src/protocols/kafka/operations/index.ts";
import { buildBatch } from "../../../../src/protocols/kafka/records/build.ts";
import type { AnyStruct, ApiMessages, Init } from "../../../../src/protocols/kafka/schema.ts";
import { createKafkaStoryteller, sentences } from "../../../../src/protocols/kafka/story/index.ts";
import { filled } from "../../../support/filled.ts";
import { requestFrame, responseFrame } from "../../../support/frames.ts";

const orders = "AAAAAAAAAAAAAAAAAAAABQ";

interface Told<Req, Res> {
  readonly api: ApiMessages<Req, Res>;
  readonly version: number;
  readonly request: Init<Req>;
  readonly response: Init<Res>;
  readonly notes?: JsonObject;
}

/** Through the recording's own form and back. */
function recorded(
  direction: FrameKind,
  api: string,
  version: number,
  frame: Buffer,
  notes: JsonObject = {},
): RecordedFrame {
  const buffer = new FrameBuffer();
  const kept = { pieces: [frame], cuts: [], notes };
  const facts = { at: 0, direction, api, version, correlation: 1, bytes: frame.length, level: "metadata" } as const;
  buffer.append(measureFrame({ ...facts, kept }, true));
  const [came] = decodeFrames(buffer.take());
  if (!came) throw new Error("no frame");
  return came;
}

function tell<Req, Res>({ api, version, request, response, notes }: Told<Req, Res>): string {
  const story = createKafkaStoryteller();
  const asked = recorded("request", api.name, version, requestFrame(api, version, request), {
    topics: { [orders]: "orders" },
  });
  story.meet(asked);
  return story.tell(asked, recorded("response", api.name, version, responseFrame(api, version, response), notes)).text;
}

const full = (struct: AnyStruct, version: number) => filled(struct, version, () => undefined);

test("every API that clients may use has a sentence", () => {
  const told = new Set(sentences.map(({ api }) => api.name));
  expect(rules.map(({ api }) => api.name).filter((name) => !told.has(name))).toEqual([]);
});

describe.each(sentences.map(({ api }) => [api.name, api] as const))("%s", (name, api) => {
  it("reads as a sentence in every version, with empty and with full messages", () => {
    const { min, max } = api.request.versions;
    for (let version = min; version <= max; version++) {
      for (const make of [() => ({}), full]) {
        const text = tell({
          api,
          version,
          request: make(api.request.struct, version),
          response: make(api.response.struct, version),
        });
        expect(text).toMatch(/^[a-z]+ /);
        expect(text).not.toMatch(/undefined|\[object|NaN|^sends /);
        if (name !== "Produce") expect(text.length).toBeLessThan(2_000);
      }
    }
  });
});

describe("what is told", () => {
  const batch = buildBatch({
    baseOffset: 4711n,
    records: [{ value: Buffer.from("a") }, { value: Buffer.from("b") }],
  });

  it("of reading: partitions, offsets, how many, and what was masked", () => {
    const partitions = [{ partitionIndex: 3, records: batch }];
    const notes = { changed: [{ topic: "orders", partition: 3, masked: { "pii-1": 2 }, filtered: {} }] };
    const response = { responses: [{ topic: "orders", topicId: orders, partitions }] };

    for (const version of [4, 17]) {
      expect(tell({ api: fetch, version, request: {}, response, notes })).toBe(
        "reads orders[3] 4711–4712, 2 records, 2 fields masked by pii-1",
      );
    }
  });

  it("of writing: with the offsets that the broker gave", () => {
    const request = {
      acks: -1,
      topicData: [{ name: "orders", topicId: orders, partitionData: [{ index: 1, records: batch }] }],
    };
    const response = {
      responses: [{ name: "orders", topicId: orders, partitionResponses: [{ index: 1, baseOffset: 90n }] }],
    };

    expect(tell({ api: produce, version: 13, request, response })).toBe("writes orders[1] 90–91, 2 records");
  });

  it("of a refusal: what was wanted, the error, and the sentence that the client got or could not get", () => {
    const denied = errorCode("TOPIC_AUTHORIZATION_FAILED");
    const request = { topics: [{ name: "orders" }] };
    const response = { responses: [{ name: "orders", errorCode: denied, errorMessage: "ask the owners" }] };

    expect(tell({ api: deleteTopics, version: 6, request, response })).toBe(
      "may not delete topic orders: orders: TOPIC_AUTHORIZATION_FAILED (ask the owners)",
    );
    const notes = { refusals: [{ operation: 0, error: "TOPIC_AUTHORIZATION_FAILED", message: "no rule allows it" }] };
    expect(
      tell({
        api: deleteTopics,
        version: 4,
        request: { topicNames: ["orders"] },
        response: { responses: [{ name: "orders", errorCode: denied }] },
        notes,
      }),
    ).toContain("(no rule allows it)");
  });

  it("of a part that failed, beside what did not", () => {
    const request = {
      topics: [
        { name: "a", numPartitions: 3 },
        { name: "b", numPartitions: 1 },
      ],
    };
    const response = { topics: [{ name: "a" }, { name: "b", errorCode: errorCode("TOPIC_ALREADY_EXISTS") }] };

    expect(tell({ api: createTopics, version: 7, request, response })).toBe(
      "creates topic a (3 partitions), topic b (1 partition), but not all: b: TOPIC_ALREADY_EXISTS",
    );
  });

  it("of topics by the names that the session itself learnt", () => {
    const story = createKafkaStoryteller();
    const learnt = recorded(
      "response",
      "Metadata",
      12,
      responseFrame(metadata, 12, { topics: [{ topicId: orders, name: "orders" }] }),
    );
    story.tell(null, learnt);
    const asked = recorded(
      "request",
      "DeleteTopics",
      6,
      requestFrame(deleteTopics, 6, { topics: [{ name: null, topicId: orders }] }),
    );

    expect(story.tell(asked, null).text).toBe("deletes topic orders");
  });

  it("of a frame that cannot be read back: that it was there", () => {
    const story = createKafkaStoryteller();
    const broken = recorded("request", "Fetch", 12, Buffer.from([0, 0, 0, 1, 9]));

    expect(story.meet(broken)).toBeNull();
    expect(story.tell(broken, null).text).toMatch(/^sends Fetch, which cannot be read back/);
  });
});

test("records that cannot be read count as none and stop nothing", () => {
  expect(scannedDigest(Buffer.alloc(100, 7))).toMatchObject({ records: 0 });
});
