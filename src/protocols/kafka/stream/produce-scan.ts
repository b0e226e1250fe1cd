// What there is to know of a Produce request without touching its records: topics, partitions, and how many records each batch header
// counts. The frame stays in the pieces in which it came. Null for whatever is not plain: the request is decoded then, and refused if it must be.
// Source: ProduceRequest 3 to 13.
import { hasTwice } from "../../../base/by-key.ts";
import { LockkeeperError } from "../../../base/errors.ts";
import { type Frame, FramePieces, framePieces } from "../../frame.ts";
import type { RequestHeader } from "../header.ts";
import { noTaggedFields } from "../schema.ts";
import { noTopicId } from "../topics.ts";
import { BatchScan } from "./batch-scan.ts";
import { Cursor, needMore } from "./cursor.ts";

export interface ScannedPartition {
  readonly index: number;
  /** Where its records begin in the frame. */
  readonly at: number;
  /** Bytes of its records, and how many the batch headers count. */
  readonly bytes: number;
  readonly records: number;
}

export interface ScannedTopic {
  /** The version has one of the two; the other is "" or the zero id. */
  readonly name: string;
  readonly topicId: string;
  readonly partitions: readonly ScannedPartition[];
}

export interface ScannedProduce {
  readonly header: RequestHeader;
  readonly transactionalId: string | null;
  readonly acks: number;
  readonly topics: readonly ScannedTopic[];
}

const produceKey = 0;
const versionsMax = 13;
const flexibleFrom = 9;
const topicIdFrom = 13;
/** Fields before the client id: size, API, version, correlation id. */
const fixedHeadBytes = 12;

export function isProduce(frame: Frame): boolean {
  const first = frame instanceof FramePieces ? frame.pieces[0] : frame;
  return first !== undefined && first.length >= fixedHeadBytes && first.readInt16BE(4) === produceKey;
}

export function scanProduce(frame: Frame): ScannedProduce | null {
  try {
    return scan(new Cursor(framePieces(frame)));
  } catch (error) {
    if (error === needMore || error instanceof LockkeeperError) return null;
    throw error;
  }
}

function scan(cursor: Cursor): ScannedProduce | null {
  cursor.skip(6);
  const apiVersion = cursor.int16();
  const correlationId = cursor.int32();
  if (apiVersion < 3 || apiVersion > versionsMax) return null;
  const flexible = apiVersion >= flexibleFrom;
  const clientId = cursor.nullableString(false);
  // a header with tagged fields is rare, and they would have to be kept
  if (flexible && cursor.uvarint() !== 0) return null;
  const transactionalId = cursor.nullableString(flexible);
  const acks = cursor.int16();
  cursor.skip(4); // timeoutMs
  const topics = scanTopics(cursor, apiVersion, flexible);
  if (flexible) cursor.tags();
  if (!cursor.atEnd || topics === null) return null;
  const header: RequestHeader = {
    apiKey: produceKey,
    apiVersion,
    correlationId,
    clientId,
    headerVersion: flexible ? 2 : 1,
    unknownTaggedFields: noTaggedFields,
    bodyOffset: -1, // nobody reads a body in pieces
  };
  return { header, transactionalId, acks, topics };
}

/** Used for one request after the other: none is scanned while another is. */
const batches = new BatchScan();

/** Null where a topic or a partition stands twice: what belongs to which answer is for those who decode. */
function scanTopics(cursor: Cursor, version: number, flexible: boolean): ScannedTopic[] | null {
  const topics: ScannedTopic[] = [];
  for (let left = cursor.length(flexible); left > 0; left--) {
    const name = version < topicIdFrom ? cursor.string(flexible) : "";
    const topicId = version < topicIdFrom ? noTopicId : cursor.uuid();
    const partitions: ScannedPartition[] = [];
    for (let each = cursor.length(flexible); each > 0; each--) {
      const index = cursor.int32();
      const bytes = Math.max(0, cursor.length(flexible));
      const at = cursor.position;
      const records = countRecords(cursor, bytes);
      if (flexible) cursor.tags();
      partitions.push({ index, at, bytes, records });
    }
    if (flexible) cursor.tags();
    if (hasTwice(partitions, indexOf)) return null;
    topics.push({ name, topicId, partitions });
  }
  return hasTwice(topics, topicOf) ? null : topics;
}

function indexOf({ index }: ScannedPartition): number {
  return index;
}

function topicOf({ name, topicId }: ScannedTopic): string {
  return name === "" ? topicId : name;
}

function countRecords(cursor: Cursor, bytes: number): number {
  batches.begin(bytes);
  while (batches.left > 0) {
    const run = cursor.run(batches.left);
    batches.push(cursor.bytes, cursor.at, cursor.at + run);
    cursor.at += run;
  }
  return batches.records;
}
