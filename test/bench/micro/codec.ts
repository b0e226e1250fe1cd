// The codec alone: messages as they are on the hot path, and the largest that there is.
import { apiVersions } from "../../../src/protocols/kafka/messages/api-versions.ts";
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { metadata } from "../../../src/protocols/kafka/messages/metadata.ts";
import { produce } from "../../../src/protocols/kafka/messages/produce.ts";
import type { Init, Message } from "../../../src/protocols/kafka/schema.ts";
import { MetadataScan } from "../../../src/protocols/kafka/stream/metadata-scan.ts";
import { scanProduce } from "../../../src/protocols/kafka/stream/produce-scan.ts";
import { requestFrame, responseFrame } from "../../support/frames.ts";
import { batchOf, everyVersion, topicId } from "../wire/shapes.ts";
import { allTopics } from "../wire/topics.ts";
import type { Case, Cases } from "./case.ts";

const partitions = [0, 1, 2, 3];
const records = batchOf(16 << 10, 0n);
const topicsCount = 10_000;
const produceVersion = 13;
const metadataVersion = 12;

const produced: Init<ReturnType<typeof produce.request.create>> = {
  acks: 1,
  timeoutMs: 30_000,
  topicData: [{ topicId, partitionData: partitions.map((index) => ({ index, records })) }],
};
const fetched = {
  responses: [
    {
      topicId,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex, highWatermark: 1n << 40n, records })),
    },
  ],
};

export function codecCases(): Cases {
  const frame = requestFrame(produce, produceVersion, produced);
  const listing = allTopics(topicsCount, 3);
  const listed = responseFrame(metadata, metadataVersion, listing);
  return {
    cases: [
      ...both("Produce of 4 partitions", produce.request, produceVersion, produced),
      {
        name: "codec: Produce of 4 partitions, scanned",
        unit: "message",
        each: 100,
        run: times(100, () => scanProduce(frame)),
      },
      ...both("Fetch answer of 4 partitions", fetch.response, 17, fetched),
      ...both("ApiVersions answer", apiVersions.response, 4, { apiKeys: everyVersion }),
      ...both("Metadata answer of 10,000 topics", metadata.response, metadataVersion, listing, 1),
      {
        name: "codec: Metadata answer of 10,000 topics, scanned",
        unit: "message",
        run: () => void new MetadataScan(listed, metadataVersion).next(topicsCount),
      },
    ],
  };
}

function both<T>(name: string, message: Message<T>, version: number, init: Init<T>, each = 100): Case[] {
  const bytes = message.encode(message.create(init), version);
  const value = message.decode(bytes, 0, version);
  return [
    {
      name: `codec: ${name}, decoded`,
      unit: "message",
      each,
      run: times(each, () => message.decode(bytes, 0, version)),
    },
    { name: `codec: ${name}, encoded`, unit: "message", each, run: times(each, () => message.encode(value, version)) },
  ];
}

export function times(count: number, once: (index: number) => unknown): () => void {
  return () => {
    for (let i = 0; i < count; i++) once(i);
  };
}
