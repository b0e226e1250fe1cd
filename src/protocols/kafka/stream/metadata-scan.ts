// What there is to know of a Metadata answer without decoding it: each topic's name, id and error, and where its bytes lie. Partitions, which
// are nearly all of a large answer, are passed over. The caller takes as many topics at a time as it likes.
// Source: MetadataResponse 4 to 13.
import { responseBodyOffset } from "../header.ts";
import { metadata } from "../messages/metadata.ts";
import { malformed } from "../reader.ts";
import { noTopicId } from "../topics.ts";
import { Cursor } from "./cursor.ts";

export interface TopicSpan {
  readonly errorCode: number;
  readonly name: string | null;
  readonly topicId: string;
  /** Its bytes in the frame, and where among them the four are that tell what the caller may do; -1 before version 8. */
  readonly at: number;
  readonly end: number;
  readonly bitsAt: number;
}

export const scannedVersions = { min: 4, max: 13 } as const;
const leaderEpochFrom = 7;
const offlineReplicasFrom = 5;
const bitsFrom = 8;
const topicIdFrom = 10;
const nullNameFrom = 12;

/** Reading throws LockkeeperError `message-malformed`, or `needMore` where the frame ends too early. */
export class MetadataScan {
  readonly #cursor: Cursor;
  readonly #version: number;
  readonly #flexible: boolean;
  /** Where the count of topics is, and the first topic. */
  readonly countAt: number;
  readonly topicsAt: number;
  /** Topics that have not been read yet. */
  left: number;

  constructor(frame: Buffer, version: number) {
    const cursor = new Cursor([frame], responseBodyOffset(metadata, version, frame));
    this.#cursor = cursor;
    this.#version = version;
    this.#flexible = metadata.response.isFlexible(version);
    cursor.skip(4); // throttleTimeMs
    for (let brokers = this.#count(); brokers > 0; brokers--) this.#skipBroker();
    cursor.nullableString(this.#flexible); // clusterId
    cursor.skip(4); // controllerId
    this.countAt = cursor.position;
    this.left = this.#count();
    this.topicsAt = cursor.position;
  }

  /** Where the next topic begins, or what follows the last. */
  get position(): number {
    return this.#cursor.position;
  }

  /** The next topics, at most so many. */
  next(most: number): TopicSpan[] {
    const topics: TopicSpan[] = [];
    for (; this.left > 0 && topics.length < most; this.left--) topics.push(this.#topic());
    return topics;
  }

  #count(): number {
    const count = this.#cursor.length(this.#flexible);
    return count >= 0 ? count : this.#refuseNull();
  }

  #refuseNull(): never {
    throw malformed("null in a field that cannot be null");
  }

  #skipBroker(): void {
    const cursor = this.#cursor;
    cursor.skip(4); // nodeId
    cursor.string(this.#flexible);
    cursor.skip(4); // port
    cursor.nullableString(this.#flexible);
    if (this.#flexible) cursor.tags();
  }

  #topic(): TopicSpan {
    const cursor = this.#cursor;
    const version = this.#version;
    const at = cursor.position;
    const errorCode = cursor.int16();
    const name = cursor.nullableString(this.#flexible);
    if (name === null && version < nullNameFrom) this.#refuseNull();
    const topicId = version >= topicIdFrom ? cursor.uuid() : noTopicId;
    cursor.skip(1); // isInternal
    for (let partitions = this.#count(); partitions > 0; partitions--) this.#skipPartition();
    const bitsAt = version >= bitsFrom ? cursor.position : -1;
    if (bitsAt >= 0) cursor.skip(4);
    if (this.#flexible) cursor.tags();
    return { errorCode, name, topicId, at, end: cursor.position, bitsAt };
  }

  #skipPartition(): void {
    const cursor = this.#cursor;
    const version = this.#version;
    cursor.skip(version >= leaderEpochFrom ? 14 : 10); // errorCode, partitionIndex, leaderId, leaderEpoch
    cursor.skip(4 * this.#count()); // replicaNodes
    cursor.skip(4 * this.#count()); // isrNodes
    if (version >= offlineReplicasFrom) cursor.skip(4 * this.#count());
    if (this.#flexible) cursor.tags();
  }
}
