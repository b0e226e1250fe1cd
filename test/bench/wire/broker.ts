// The broker of the wire bench: answers Fetch with records made beforehand and Produce with success, as fast as sockets go. It exists so that
// the cost of the gateway alone is seen, without a JVM that wants the same cores. Says its port over IPC; argv: PARTITIONS BYTES [CODEC], where records are
// JSON documents that masks find fields in, compressed so. A fetch gets as many partitions as it names; one that opens a session gets their number for the session's id, and
// what follows on that connection and names none gets all of them again.
import { createServer } from "node:net";
import { kafkaFramer } from "../../../src/protocols/kafka/framing.ts";
import { encodeResponseFrame, readRequestHeader } from "../../../src/protocols/kafka/header.ts";
import { apiVersions } from "../../../src/protocols/kafka/messages/api-versions.ts";
import { fetch } from "../../../src/protocols/kafka/messages/fetch.ts";
import { metadata } from "../../../src/protocols/kafka/messages/metadata.ts";
import { produce } from "../../../src/protocols/kafka/messages/produce.ts";
import type { Compression } from "../../../src/protocols/kafka/records/batch.ts";
import { batchOf, everyVersion, jsonRecords, topicId, topicName } from "./shapes.ts";
import { allTopics } from "./topics.ts";

const [partitions = 4, partitionBytes = 1 << 20] = process.argv.slice(2).map(Number);
const otherTopics = allTopics(Number(process.env["BENCH_OTHER_TOPICS"] ?? 0), 3).topics;
const correlationAt = 4;
const headBytes = 8;
const frameBytesMax = 64 << 20;
const batchBytes = 64 << 10;

const noise = (): Buffer[] =>
  Array.from({ length: Math.max(1, Math.round(partitionBytes / batchBytes)) }, (_, index) =>
    batchOf(Math.min(partitionBytes, batchBytes), BigInt(index * 64)),
  );
const codec = process.argv[4] as Compression | undefined;
const records = codec ? jsonRecords(partitionBytes, codec).records : Buffer.concat(noise());
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const indexes = range(partitions);
/** Of a session at this stand-in its number of partitions is all there is. */
const fetched = (version: number, count: number, sessionId: number): Buffer =>
  encodeResponseFrame(
    fetch,
    version,
    0,
    fetch.response.create({
      sessionId,
      responses: [
        {
          ...(version >= 13 ? { topicId } : { topic: topicName }),
          partitions: range(count).map((partitionIndex) => ({ partitionIndex, highWatermark: 1n << 40n, records })),
        },
      ],
    }),
  );

function fetchedAsAsked(frame: Buffer, session: number): Made {
  const { apiVersion, bodyOffset } = readRequestHeader(frame);
  const { topics, sessionEpoch } = fetch.request.decode(frame, bodyOffset, apiVersion);
  const named = topics.reduce((sum, topic) => sum + topic.partitions.length, 0);
  const count = named > 0 ? named : session;
  const opened = sessionEpoch >= 0 ? count : 0;
  return { bytes: fetched(apiVersion, count, opened), session: opened };
}
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
const listed = (version: number, port: number): Buffer =>
  encodeResponseFrame(
    metadata,
    version,
    0,
    metadata.response.create({
      brokers: [{ nodeId: 1, host: "127.0.0.1", port }],
      topics: [
        { name: topicName, topicId, partitions: indexes.map((partitionIndex) => ({ partitionIndex, leaderId: 1 })) },
        ...otherTopics,
      ],
    }),
  );

interface Made {
  readonly bytes: Buffer;
  /** The fetch session that its connection has then; 0: none. */
  readonly session: number;
}

function answerTo(frame: Buffer, port: number, session: number): Made {
  const { apiKey, apiVersion } = readRequestHeader(frame);
  if (apiKey === fetch.key) return fetchedAsAsked(frame, session);
  return { bytes: apiKey === metadata.key ? listed(apiVersion, port) : produced(apiVersion), session };
}

/** Whether a fetch (version 7 and above) opens a session or goes on with one: two of the same length may differ in this alone. */
function isInSession(frame: Buffer): boolean {
  const { apiKey, apiVersion, bodyOffset } = readRequestHeader(frame);
  if (apiKey !== fetch.key || apiVersion < 7) return false;
  // replicaId, up to version 14; maxWaitMs, minBytes, maxBytes, isolationLevel, sessionId
  return frame.readInt32BE(bodyOffset + (apiVersion < 15 ? 4 : 0) + 17) >= 0;
}

/** By API, version, session and length of what was asked: made once, but for the correlation id. */
const kept = new Map<string, Made>();

function answer(frame: Buffer, port: number, connection: { session: number }): readonly Buffer[] {
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
  const key = `${apiKey}/${apiVersion}/${connection.session}/${isInSession(frame)}/${frame.length}`;
  let made = kept.get(key);
  if (made === undefined) kept.set(key, (made = answerTo(frame, port, connection.session)));
  connection.session = made.session;
  const head = Buffer.from(made.bytes.subarray(0, headBytes));
  head.writeInt32BE(correlationId, correlationAt);
  return [head, made.bytes.subarray(headBytes)];
}

const server = createServer({ noDelay: true }, (socket) => {
  const framer = kafkaFramer(frameBytesMax);
  const connection = { session: 0 };
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    socket.cork();
    for (const frame of framer.push(chunk)) {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      for (const piece of answer(frame, port, connection)) socket.write(piece);
    }
    socket.uncork();
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.({ port: address.port });
});
process.on("disconnect", () => process.exit(0));
