// A Fetch answer that leaves as it comes. Its structure is walked and checked while it passes, its records are read by their batch headers
// only; nothing is kept but what of the structure is not whole yet. For answers in which nothing is to be changed: who must mask, filter or
// refuse something sees the answer whole (operations/fetch.ts). Source: FetchResponse 4 to 18, KIP-951 for the endpoints of leaders.
import { assertNever } from "../../../base/assert.ts";
import { LockkeeperError } from "../../../base/errors.ts";
import type { DataRange } from "../../../model/audit-event.ts";
import type { Cut } from "../../../model/recording.ts";
import { errorName } from "../errors.ts";
import { BatchScan } from "./batch-scan.ts";
import { Cursor, needMore } from "./cursor.ts";
import { hiddenEndpoints } from "./endpoints.ts";

/** What an answer may hold: the request's topics by name or id, and what they are called. */
export interface FetchStreamTopics {
  /** The topic's place among the operations; undefined for one that nobody was judged for. */
  operationOf(key: string): number | undefined;
  nameOf(key: string): string;
}

/** What an answer says of its session (version 7 and above). */
export interface FetchHead {
  readonly errorCode: number;
  readonly sessionId: number;
}

export interface FetchStreamed {
  /** Null where it has none, or it has not come. */
  readonly head: FetchHead | null;
  readonly bytes: number;
  readonly ranges: DataRange[];
  /** Of each topic that has come: its place and the first error of its partitions. */
  readonly errors: ReadonlyMap<number, string>;
  /** The answer without its records. */
  readonly structure: readonly Buffer[];
  readonly cuts: readonly Cut[];
}

type State = "head" | "topic" | "partition" | "records" | "after-records" | "after-topic" | "tail" | "done";

/** These may go on where no byte is left: the last topic or partition has gone before, and versions before 12 have no tags. */
const mayBeEmpty: ReadonlySet<State> = new Set(["topic", "partition", "after-records", "after-topic"]);
const sizeAndCorrelationBytes = 8;
const structureBytesMin = 1_024;
/** Nothing was changed in what leaves so; one for all, since most data are so. */
const unchanged: Readonly<Record<string, number>> = Object.freeze({});

export class FetchStream {
  readonly #version: number;
  readonly #flexible: boolean;
  readonly #topics: FetchStreamTopics;
  readonly #scan = new BatchScan();
  readonly #cursor = new Cursor([Buffer.alloc(0)]);
  #held: Buffer | null = null;
  #state: State = "head";
  #bytes = 0;
  #sessionHead: FetchHead | null = null;
  #topicsLeft = 0;
  #partitionsLeft = 0;
  #topic = "";
  #operation = 0;
  #partition = 0;
  #recordBytes = 0;
  readonly #ranges: DataRange[] = [];
  readonly #errors = new Map<number, string>();
  /** A copy of all that is no record, for the recording: some dozen bytes a partition. Null where the whole answer is there for it. */
  #structure: Buffer | null = Buffer.alloc(0);
  readonly #cuts: Cut[] = [];
  #structureBytes = 0;
  #cutBytes = 0;

  constructor(version: number, topics: FetchStreamTopics) {
    this.#version = version;
    this.#flexible = version >= 12;
    this.#topics = topics;
  }

  /** Throws LockkeeperError `message-malformed`, `records-malformed`, `broker-protocol`. */
  push(piece: Buffer): readonly Buffer[] {
    const bytes = this.#held === null ? piece : Buffer.concat([this.#held, piece]);
    this.#held = null;
    let sent = bytes.length;
    let hidden: Buffer | null = null;
    const cursor = this.#cursor;
    let at = 0;
    /** From here on there was no record. */
    let structureAt = 0;
    while (at < bytes.length || mayBeEmpty.has(this.#state)) {
      if (this.#state === "done")
        throw new LockkeeperError("message-malformed", "a Fetch answer goes on after its end");
      if (this.#state === "records") {
        this.#keep(bytes, structureAt, at);
        structureAt = at = this.#passRecords(bytes, at);
        continue;
      }
      cursor.reset(bytes, at);
      const before = this.#state;
      if (!this.#step(cursor)) {
        sent = at;
        if (at < bytes.length) this.#held = Buffer.from(bytes.subarray(at));
        break;
      }
      if (before === "tail") {
        hidden = this.#version >= 16 ? hiddenEndpoints(bytes.subarray(at, cursor.at)) : null;
        if (hidden !== null) {
          sent = at;
          this.#keep(bytes, structureAt, at);
          this.#keep(hidden, 0, hidden.length);
          structureAt = cursor.at;
        }
      }
      at = cursor.at;
    }
    this.#keep(bytes, structureAt, at);
    this.#bytes += sent + (hidden?.length ?? 0);
    if (hidden !== null) return sent === 0 ? [hidden] : [bytes.subarray(0, sent), hidden];
    if (sent === 0) return [];
    return [sent === bytes.length ? bytes : bytes.subarray(0, sent)];
  }

  /**
   * For an answer that is there as a whole, instead of `push`: whether it may leave as it is. Where it may not, because it is malformed or names new
   * leaders, it has to be decoded, and `end` has nothing to say. The places of the cuts are then those in the frame.
   */
  passes(frame: Buffer): boolean {
    this.#structure = null;
    try {
      const [piece] = this.push(frame);
      return this.#state === "done" && piece === frame;
    } catch (error) {
      if (error instanceof LockkeeperError) return false;
      throw error;
    }
  }

  /** What has left so far; amid a partition, the batches whose beginning has left. */
  end(): FetchStreamed {
    if (this.#state === "records") this.#tellRange();
    return {
      head: this.#sessionHead,
      bytes: this.#bytes,
      ranges: this.#ranges,
      errors: this.#errors,
      structure: this.#structure ? [this.#structure.subarray(0, this.#structureBytes)] : [],
      cuts: this.#cuts,
    };
  }

  /** The memory is used again: what is kept is copied. */
  #keep(bytes: Buffer, from: number, to: number): void {
    const start = this.#structureBytes;
    this.#structureBytes += to - from;
    if (this.#structure === null || from === to) return;
    if (this.#structureBytes > this.#structure.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(structureBytesMin, 2 * this.#structureBytes));
      this.#structure.copy(grown, 0, 0, start);
      this.#structure = grown;
    }
    bytes.copy(this.#structure, start, from, to);
  }

  #passRecords(bytes: Buffer, at: number): number {
    const end = Math.min(at + this.#scan.left, bytes.length);
    this.#scan.push(bytes, at, end);
    if (this.#scan.left === 0) {
      this.#tellRange();
      this.#state = "after-records";
    }
    return end;
  }

  /** One part of the structure; false when it is not whole yet, and nothing has changed then. */
  #step(cursor: Cursor): boolean {
    try {
      this.#part(cursor);
      return true;
    } catch (error) {
      if (error === needMore) return false;
      throw error;
    }
  }

  #part(cursor: Cursor): void {
    switch (this.#state) {
      case "head":
        this.#head(cursor);
        return;
      case "topic":
        if (this.#topicsLeft === 0) this.#state = this.#flexible ? "tail" : "done";
        else this.#topicHead(cursor);
        return;
      case "partition":
        if (this.#partitionsLeft === 0) this.#state = "after-topic";
        else this.#partitionHead(cursor);
        return;
      case "after-records":
        if (this.#flexible) cursor.tags();
        this.#partitionsLeft--;
        this.#state = "partition";
        return;
      case "after-topic":
        if (this.#flexible) cursor.tags();
        this.#topicsLeft--;
        this.#state = "topic";
        return;
      case "tail":
        cursor.tags();
        this.#state = "done";
        return;
      case "records":
      case "done":
        throw new LockkeeperError("message-malformed", `a Fetch answer in state ${this.#state}`);
      default:
        assertNever(this.#state);
    }
  }

  #head(cursor: Cursor): void {
    cursor.skip(sizeAndCorrelationBytes);
    if (this.#flexible) cursor.tags();
    cursor.skip(4); // throttleTimeMs
    const head = this.#version >= 7 ? { errorCode: cursor.int16(), sessionId: cursor.int32() } : null;
    this.#topicsLeft = this.#count(cursor);
    this.#sessionHead = head;
    this.#state = "topic";
  }

  #topicHead(cursor: Cursor): void {
    const key = this.#version >= 13 ? cursor.uuid() : cursor.string(this.#flexible);
    const partitions = this.#count(cursor);
    const operation = this.#topics.operationOf(key);
    if (operation === undefined)
      throw new LockkeeperError("broker-protocol", "a Fetch answer has a topic that was not asked for");
    this.#topic = this.#topics.nameOf(key);
    this.#operation = operation;
    if (!this.#errors.has(operation)) this.#errors.set(operation, "NONE");
    this.#partitionsLeft = partitions;
    this.#state = "partition";
  }

  #partitionHead(cursor: Cursor): void {
    const partition = cursor.int32();
    const error = cursor.int16();
    cursor.skip(this.#version >= 5 ? 24 : 16); // highWatermark, lastStableOffset, logStartOffset
    const aborted = cursor.length(this.#flexible);
    for (let i = 0; i < aborted; i++) {
      cursor.skip(16); // producerId, firstOffset
      if (this.#flexible) cursor.tags();
    }
    if (this.#version >= 11) cursor.skip(4); // preferredReadReplica
    const bytes = Math.max(0, cursor.length(this.#flexible));
    this.#partition = partition;
    if (error !== 0 && this.#errors.get(this.#operation) === "NONE")
      this.#errors.set(this.#operation, errorName(error));
    this.#recordBytes = bytes;
    this.#scan.begin(bytes);
    this.#state = bytes === 0 ? "after-records" : "records";
  }

  #count(cursor: Cursor): number {
    const count = cursor.length(this.#flexible);
    if (count < 0) throw new LockkeeperError("message-malformed", "null in a field that cannot be null");
    return count;
  }

  #tellRange(): void {
    const { firstOffset, lastOffset, records } = this.#scan;
    const digest = { batches: 1, records, firstOffset: firstOffset ?? -1n, lastOffset };
    this.#cuts.push({ at: this.#structureBytes + this.#cutBytes, length: this.#recordBytes, records: digest });
    this.#cutBytes += this.#recordBytes;
    if (firstOffset === null) return;
    this.#ranges.push({
      direction: "read",
      topic: this.#topic,
      partition: this.#partition,
      firstOffset,
      lastOffset,
      records,
      bytes: this.#recordBytes,
      masked: unchanged,
      filtered: unchanged,
    });
  }
}
