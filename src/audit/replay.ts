// Reads recordings: which sessions there are, and what happened in one, frame by frame, live ones too. Nothing is written here.
import { basename, dirname, join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { LockkeeperError } from "../base/errors.ts";
import type { Sensitive } from "../base/sensitive.ts";
import type { RecordedFrame } from "../model/recording.ts";
import {
  type Block,
  type BlockMeta,
  decodeBlock,
  decodeHead,
  headCommitment,
  openBlock,
  type RecordingHead,
} from "./chunks.ts";
import { type Disk, isErrno, readFileIfThere, realDisk } from "./disk.ts";
import { unwrapKey, wrappingKeyId } from "./wrap.ts";

export interface SessionSummary {
  readonly id: string;
  readonly path: string;
  readonly cluster: string;
  readonly protocol: string;
  readonly client: string;
  readonly startedAt: number;
  /** Of the last frame: milliseconds since 1970. */
  readonly lastAt: number;
  /** False: it runs, or its gateway died. */
  readonly ended: boolean;
  readonly principal: string | null;
  readonly groups: readonly string[];
  readonly software: string | null;
  readonly clientId: string | null;
  readonly frames: number;
  readonly lostFrames: number;
  readonly bytes: number;
  /** True once its key was destroyed: nobody can read the frames any more. */
  readonly shredded: boolean;
}

export type ReplayItem =
  | { readonly kind: "frame"; readonly frame: RecordedFrame }
  /** Frames that the gateway could not keep. */
  | { readonly kind: "gap"; readonly frames: number; readonly at: number }
  /** Orderly end. */
  | { readonly kind: "end"; readonly frames: number; readonly at: number }
  /** The file just stops: the session runs, or the gateway died; up to a second may be missing. */
  | { readonly kind: "cut"; readonly message: string };

interface Parsed {
  readonly head: RecordingHead;
  readonly headHash: string;
  readonly blocks: readonly Block[];
  /** Whole bytes. */
  readonly end: number;
  readonly bytes: number;
}

/** Throws `audit-corrupt`, naming the chunk, when a block was changed, dropped or moved. */
function parse(bytes: Buffer, path: string): Parsed | null {
  const start = decodeHead(bytes);
  if (start === null) return null;
  const headHash = headCommitment(start.line);
  const blocks: Block[] = [];
  let previous = headHash;
  let at = start.line.length;
  for (let next = decodeBlock(bytes, at, start.head.salt); next; next = decodeBlock(bytes, at, start.head.salt)) {
    const { meta, commitment } = next.block;
    if (meta.previous !== previous || meta.index !== blocks.length) {
      throw new LockkeeperError(
        "audit-corrupt",
        `${basename(path)}: chunk ${blocks.length} does not follow the one before it`,
      );
    }
    blocks.push(next.block);
    previous = commitment;
    at = next.end;
    if (meta.kind === "footer") break;
  }
  if (blocks.at(-1)?.meta.kind === "footer" && at !== bytes.length) {
    throw new LockkeeperError(
      "audit-corrupt",
      `${basename(path)}: there are ${bytes.length - at} bytes behind the footer`,
    );
  }
  return { head: start.head, headHash, blocks, end: at, bytes: bytes.length };
}

async function recordingPaths(disk: Disk, directory: string): Promise<string[]> {
  try {
    const days = (await disk.readdir(directory)).filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name)).toSorted();
    const paths: string[] = [];
    for (const day of days) {
      const names = (await disk.readdir(join(directory, day))).filter((name) => name.endsWith(".lkrec")).toSorted();
      paths.push(...names.map((name) => join(directory, day, name)));
    }
    return paths;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

/** Oldest first. Needs no key. A file that is damaged is listed as far as it can be read. */
export async function listSessions(directory: string, disk: Disk = realDisk): Promise<SessionSummary[]> {
  const sessions: SessionSummary[] = [];
  for (const path of await recordingPaths(disk, directory)) {
    const bytes = await readFileIfThere(disk, path);
    const start = bytes && decodeHead(bytes);
    if (!start) continue;
    const metas: BlockMeta[] = [];
    let at = start.line.length;
    for (let next = decodeBlock(bytes, at, start.head.salt); next; next = decodeBlock(bytes, at, start.head.salt)) {
      metas.push(next.block.meta);
      at = next.end;
    }
    sessions.push(
      summary(path, start.head, metas, bytes.length, (await readFileIfThere(disk, keyPath(path))) === null),
    );
  }
  return sessions.toSorted((a, b) => a.startedAt - b.startedAt);
}

function summary(
  path: string,
  head: RecordingHead,
  metas: readonly BlockMeta[],
  bytes: number,
  shredded: boolean,
): SessionSummary {
  const last = metas.at(-1);
  const chunks = metas.filter((meta) => meta.kind === "chunk");
  const footer = last?.kind === "footer" ? last : null;
  return {
    id: head.session,
    path,
    cluster: head.cluster,
    protocol: head.protocol,
    client: head.client,
    startedAt: head.startedAt,
    lastAt: last?.lastAt ?? head.startedAt,
    ended: footer !== null,
    principal: last?.principal ?? null,
    groups: last?.groups ?? [],
    software: last?.software ?? null,
    clientId: last?.clientId ?? null,
    frames: chunks.reduce((sum, meta) => sum + meta.frames, 0),
    lostFrames: footer?.lostFrames ?? chunks.reduce((sum, meta) => sum + meta.lostFrames, 0),
    bytes,
    shredded,
  };
}

function keyPath(path: string): string {
  return join(dirname(path), `${basename(path, ".lkrec")}.key`);
}

export interface ReadSessionOptions {
  /** Key-encryption keys, past ones too; the recording says which one it needs. */
  readonly keys: readonly Sensitive<Buffer>[];
  /** Set to go on reading a session that runs; the clock is asked twice a second. Ends with the session, or when the signal is aborted. */
  readonly follow?: { readonly clock: Clock; readonly signal: AbortSignal };
  readonly disk?: Disk;
}

/** Throws `audit-corrupt`: no such session, key gone or another, or a chunk that was changed. */
export async function* readSession(
  directory: string,
  id: string,
  options: ReadSessionOptions,
): AsyncGenerator<ReplayItem> {
  const { disk = realDisk, follow } = options;
  const path = (await recordingPaths(disk, directory)).find((each) => basename(each) === `${id}.lkrec`);
  if (path === undefined) throw new LockkeeperError("audit-corrupt", `there is no recording of session ${id}`);
  let key: Buffer | null = null;
  let done = 0;
  for (;;) {
    const parsed = parse(await disk.readFile(path), path);
    for (const block of parsed?.blocks.slice(done) ?? []) {
      if (!parsed) break;
      key ??= await sessionKey(disk, path, parsed.head, options.keys);
      yield* items(block, openBlock(block, key, parsed.headHash));
      done++;
      if (block.meta.kind === "footer") return;
    }
    if (!follow || follow.signal.aborted) {
      const rest = parsed ? parsed.bytes - parsed.end : 0;
      const torn = rest > 0 ? `; its last ${rest} bytes are no whole chunk` : "";
      yield {
        kind: "cut",
        message: `recording ends without a footer: the session still runs, or the gateway died${torn}`,
      };
      return;
    }
    await pause(follow.clock, follow.signal);
  }
}

function* items(block: Block, frames: readonly RecordedFrame[]): Generator<ReplayItem> {
  const { meta } = block;
  for (const frame of frames) yield { kind: "frame", frame };
  if (meta.kind === "footer") yield { kind: "end", frames: meta.frames, at: meta.lastAt };
  else if (meta.lostFrames > 0) yield { kind: "gap", frames: meta.lostFrames, at: meta.lastAt };
}

async function sessionKey(
  disk: Disk,
  path: string,
  head: RecordingHead,
  keys: readonly Sensitive<Buffer>[],
): Promise<Buffer> {
  const file = await readFileIfThere(disk, keyPath(path));
  if (file === null) throw new LockkeeperError("audit-corrupt", `the key of session ${head.session} was destroyed`);
  const wrapping = keys.find((each) => wrappingKeyId(each) === head.wrappingKey);
  if (!wrapping)
    throw new LockkeeperError("audit-corrupt", `session ${head.session} needs the key ${head.wrappingKey}`);
  const wrapped: { readonly key?: unknown } = JSON.parse(file.toString("utf8"));
  return unwrapKey(String(wrapped.key), head.session, wrapping);
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(500, done);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
