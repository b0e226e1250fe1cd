// The file side of a recording: begins it with its wrapped keys, appends whole blocks, and cuts off what a failed write left behind.
import { type KeyObject, randomBytes } from "node:crypto";
import { dirname, join, sep } from "node:path";
import { describeError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { randomPiece } from "../base/random.ts";
import type { Sensitive } from "../base/sensitive.ts";
import type { Session } from "../model/session.ts";
import { type BlockMeta, encodeHead, headCommitment, pack, recordingFormat, sealBlock, type Totals } from "./chunks.ts";
import { type Disk, isErrno } from "./disk.ts";
import { encodeSessionKeys, keyPath } from "./recording-keys.ts";

const dayMs = 86_400_000;
/** Of the last day that was asked for: thousands of sessions begin on the same one. */
let lastFolder = { directory: "", day: Number.NaN, path: "" };

/** `<dir>/<yyyy-mm-dd>/<session>.lkrec`, by the session's start in UTC. */
export function recordingFolder(directory: string, startedAt: number): string {
  const day = Math.floor(startedAt / dayMs);
  if (lastFolder.day !== day || lastFolder.directory !== directory) {
    const path = join(directory, new Date(startedAt).toISOString().slice(0, 10));
    lastFolder = { directory, day, path };
  }
  return lastFolder.path;
}

export interface BlockCounts extends Totals {
  readonly apis: readonly string[];
  /** Milliseconds since 1970. */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface RecordingFileOptions {
  readonly directory: string;
  readonly wrappingKey: Sensitive<Buffer>;
  /** X25519, public half; null where nothing is kept from before masking. */
  readonly rawKey: KeyObject | null;
  readonly log: Log;
  readonly disk: Disk;
}

const noFrames = Buffer.alloc(0);

/** What a file begins with; made for its first block, since many sessions never have one. */
interface Beginning {
  readonly key: Buffer;
  readonly rawKey: Buffer | null;
  readonly salt: string;
  readonly headHash: string;
}

/** Nothing is on the disk before the first block. Blocks are written one after the other by the caller. */
export class RecordingFile {
  readonly #session: Session;
  readonly #options: RecordingFileOptions;
  #beginning: Beginning | null = null;
  #total: Totals = { frames: 0, lostFrames: 0, droppedPayloads: 0 };
  #previous = "";
  #index = 0;
  /** Whole bytes of the file; 0 before it exists. */
  #bytes = 0;
  /** A write failed: there may be half a block behind the whole bytes. */
  #torn = false;

  constructor(session: Session, options: RecordingFileOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** Of the file, as far as it is written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The block's commitment, or null when the disk refused; the next block tries again from the last whole byte. */
  async write(kind: BlockMeta["kind"], counts: BlockCounts, frames: Buffer): Promise<string | null> {
    const packed = kind === "footer" ? noFrames : await pack(frames);
    const its = (this.#beginning ??= this.#begin());
    const blockKey = kind === "raw" && its.rawKey ? its.rawKey : its.key;
    const meta = this.#metaOf(kind, counts);
    const sealed = sealBlock(meta, packed, blockKey, its.headHash, its.salt);
    try {
      this.#bytes = await this.#append(its, sealed.bytes);
    } catch (error) {
      const { id: session } = this.#session;
      this.#options.log.warn(
        { session, path: this.#path, error: describeError(error) },
        "a recording cannot be written",
      );
      return null;
    }
    this.#total = meta.total;
    this.#previous = sealed.commitment;
    this.#index++;
    return sealed.commitment;
  }

  /** Forgets the keys. */
  close(): void {
    this.#beginning?.key.fill(0);
    this.#beginning?.rawKey?.fill(0);
  }

  #begin(): Beginning {
    const salt = randomPiece(16).toString("base64");
    const headHash = headCommitment(headLine(this.#session, salt));
    this.#previous = headHash;
    return { key: randomBytes(32), rawKey: this.#options.rawKey && randomBytes(32), salt, headHash };
  }

  get #path(): string {
    const { id, startedAt } = this.#session;
    return `${recordingFolder(this.#options.directory, startedAt)}${sep}${id}.lkrec`;
  }

  /** Returns the whole bytes of the file. Opened anew each time: fifty thousand quiet sessions must not hold as many open files. */
  async #append(its: Beginning, block: Buffer): Promise<number> {
    const { disk } = this.#options;
    if (this.#bytes === 0) return this.#create(its, block);
    const path = this.#path;
    if (this.#torn) await disk.truncate(path, this.#bytes);
    this.#torn = true;
    await disk.put(path, block, "a");
    this.#torn = false;
    return this.#bytes + block.length;
  }

  /** The wrapped keys first: a recording without its key would be of no use. */
  async #create({ key, rawKey, salt }: Beginning, block: Buffer): Promise<number> {
    const path = this.#path;
    const { disk, wrappingKey, rawKey: recipient } = this.#options;
    const raw = rawKey && recipient ? { key: rawKey, recipient } : null;
    const keys = encodeSessionKeys(this.#session.id, key, wrappingKey, raw);
    await putNew(disk, keyPath(path), keys);
    const whole = Buffer.concat([headLine(this.#session, salt), block]);
    await putNew(disk, path, whole);
    return whole.length;
  }

  #metaOf(kind: BlockMeta["kind"], counts: BlockCounts): BlockMeta {
    const { identity, software, clientId } = this.#session;
    return {
      kind,
      index: this.#index,
      previous: this.#previous,
      ...counts,
      total: plus(this.#total, counts),
      clientId,
      principal: identity?.principal ?? null,
      groups: identity?.groups ?? [],
      software: software && `${software.name} ${software.version}`.trim(),
    };
  }
}

function headLine({ id, protocol, cluster, listener, node, client, startedAt, tls }: Session, salt: string): Buffer {
  const facts = { session: id, protocol, cluster, listener, node, client, startedAt, tls };
  return encodeHead({ format: recordingFormat, ...facts, salt });
}

/** The folder of a day is made by the first file in it. */
async function putNew(disk: Disk, path: string, bytes: Buffer): Promise<void> {
  try {
    await disk.put(path, bytes, "w");
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    await disk.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await disk.put(path, bytes, "w");
  }
}

function plus(a: Totals, b: Totals): Totals {
  return {
    frames: a.frames + b.frames,
    lostFrames: a.lostFrames + b.lostFrames,
    droppedPayloads: a.droppedPayloads + b.droppedPayloads,
  };
}
