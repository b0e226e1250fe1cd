// The broker of the wire bench: answers Fetch with records made beforehand and Produce with success, as fast as sockets go. It exists so that
// the cost of the gateway alone is seen, without a JVM that wants the same cores. Says its port over IPC; argv: PARTITIONS BYTES [json], where records are
// JSON documents that masks find fields in.
import { createServer } from "node:net";
import { kafkaFramer } from "../../../src/protocols/kafka/framing.ts";
import { encodeResponseFrame, readRequestHeader } from "../../../src/protocols/kafka/header.ts";
import { apiVersions } from "../../../src/protocols/kafka/messages/api-versions.ts";
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { metadata } from "../../../src/protocols/kafka/messages/metadata.ts";
import { produce } from "../../../src/protocols/kafka/messages/produce.ts";
import { batchOf, everyVersion, jsonBatchOf, topicId, topicName } from "./shapes.ts";
import { allTopics } from "./topics.ts";

const [partitions = 4, partitionBytes = 1 << 20] = process.argv.slice(2).map(Number);
const otherTopics = allTopics(Number(process.env["BENCH_OTHER_TOPICS"] ?? 0), 3).topics;
const correlationAt = 4;
const frameBytesMax = 64 << 20;
const batchBytes = 64 << 10;

const noise = (): Buffer[] =>
  Array.from({ length: Math.max(1, Math.round(partitionBytes / batchBytes)) }, (_, index) =>
    batchOf(Math.min(partitionBytes, batchBytes), BigInt(index * 64)),
  );
const records = Buffer.concat(process.argv[4] === "json" ? [jsonBatchOf(partitionBytes)] : noise());
const indexes = Array.from({ length: partitions }, (_, partitionIndex) => partitionIndex);
const fetched = (version: number): Buffer =>
  encodeResponseFrame(
    fetch,
    version,
    0,
    fetch.response.create({
      responses: [
        {
          ...(version >= 13 ? { topicId } : { topic: topicName }),
          partitions: indexes.map((partitionIndex) => ({ partitionIndex, highWatermark: 1n << 40n, records })),
        },
      ],
    }),
  );
const produced = (version: number): Buffer =>
  encodeResponseFrame(
    produce,
    version,
    0,
    produce.response.create({
      responses: [
        {
          ...(version >= 13 ? { topicId } : { name: topicName }),
          partitionResponses: indexes.map((index) => ({ index, baseOffset: 1n })),
        },
      ],
    }),
  );
const kept = new Map<string, readonly [head: Buffer, rest: Buffer]>();

function answer(frame: Buffer, port: number): readonly Buffer[] {
  const { apiKey, apiVersion, correlationId } = readRequestHeader(frame);
  if (apiKey === apiVersions.key)
    return [
      encodeResponseFrame(
        apiVersions,
        apiVersion,
        correlationId,
        apiVersions.response.create({ apiKeys: everyVersion }),
      ),
    ];
  if (apiKey === metadata.key) {
    const response = metadata.response.create({
      brokers: [{ nodeId: 1, host: "127.0.0.1", port }],
      topics: [
        { name: topicName, topicId, partitions: indexes.map((partitionIndex) => ({ partitionIndex, leaderId: 1 })) },
        ...otherTopics,
      ],
    });
    return [encodeResponseFrame(metadata, apiVersion, correlationId, response)];
  }
  const key = `${apiKey}/${apiVersion}`;
  let pieces = kept.get(key);
  if (pieces === undefined) {
    const bytes = apiKey === fetch.key ? fetched(apiVersion) : produced(apiVersion);
    kept.set(key, (pieces = [bytes.subarray(0, 8), bytes.subarray(8)]));
  }
  const head = Buffer.from(pieces[0]);
  head.writeInt32BE(correlationId, correlationAt);
  return [head, pieces[1]];
}

const server = createServer({ noDelay: true }, (socket) => {
  const framer = kafkaFramer(frameBytesMax);
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    socket.cork();
    for (const frame of framer.push(chunk)) {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      for (const piece of answer(frame, port)) socket.write(piece);
    }
    socket.uncork();
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.({ port: address.port });
});
process.on("disconnect", () => process.exit(0));
