// Reads recordings: which sessions there are, and what happened in one, frame by frame, live ones too. Nothing is written here.
import type { KeyObject } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { LockkeeperError } from "../base/errors.ts";
import type { Sensitive } from "../base/sensitive.ts";
import type { RecordedFrame } from "../model/recording.ts";
import { type Block, openBlock, type RecordingHead } from "./chunks.ts";
import { type Disk, readFileIfThere, realDisk } from "./disk.ts";
import { keyPath, openRawKey, openSessionKey, readSessionKeys } from "./recording-keys.ts";
import { openRecordingFile, type RecordingReader, recordingPath, recordingPaths } from "./recording-reader.ts";

export interface SessionSummary {
  readonly id: string;
  readonly path: string;
  readonly cluster: string;
  readonly protocol: string;
  readonly listener: string;
  readonly node: number | null;
  readonly tls: boolean;
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
  readonly droppedPayloads: number;
  readonly bytes: number;
  /** Every API that the client used. */
  readonly apis: readonly string[];
  /** True once its key was destroyed: nobody can read the frames any more. */
  readonly erased: boolean;
}

/** Oldest first. Needs no key, and reads the first and the last block of each file only. */
export async function listSessions(directory: string, disk: Disk = realDisk): Promise<SessionSummary[]> {
  const sessions: SessionSummary[] = [];
  for (const path of await recordingPaths(disk, directory)) {
    const summary = await summarise(disk, path).catch(() => null); // a damaged one is for `sessions verify`
    if (summary) sessions.push(summary);
  }
  return sessions.toSorted((a, b) => a.startedAt - b.startedAt);
}

/** Throws `audit-corrupt` where there is no such recording. */
export async function findSession(directory: string, id: string, disk: Disk = realDisk): Promise<SessionSummary> {
  const found = await summarise(disk, await recordingPath(disk, directory, id));
  if (found) return found;
  throw new LockkeeperError("audit-corrupt", `the recording of session ${id} has not begun`);
}

async function summarise(disk: Disk, path: string): Promise<SessionSummary | null> {
  const reader = await openRecordingFile(disk, path);
  if (reader === null) return null;
  try {
    let last = await reader.last();
    const apis = new Set(last?.meta.apis);
    // open, or cut off: what is whole counts
    if (last?.meta.kind !== "footer") {
      for (let block = await reader.read(); block; block = await reader.read()) {
        last = block;
        for (const api of block.meta.apis) apis.add(api);
      }
    }
    const erased = (await readFileIfThere(disk, keyPath(path))) === null;
    const { size } = await disk.stat(path);
    return summaryOf(reader.head, path, last, { bytes: size, erased, apis: [...apis] });
  } finally {
    await reader.close();
  }
}

function summaryOf(
  head: RecordingHead,
  path: string,
  last: Block | null,
  facts: Pick<SessionSummary, "bytes" | "erased" | "apis">,
): SessionSummary {
  const { session: id, cluster, protocol, listener, node, tls, client, startedAt } = head;
  const meta = last?.meta;
  return {
    id,
    path,
    cluster,
    protocol,
    listener,
    node,
    tls,
    client,
    startedAt,
    lastAt: meta?.lastAt ?? startedAt,
    ended: meta?.kind === "footer",
    principal: meta?.principal ?? null,
    groups: meta?.groups ?? [],
    software: meta?.software ?? null,
    clientId: meta?.clientId ?? null,
    frames: meta?.total.frames ?? 0,
    lostFrames: meta?.total.lostFrames ?? 0,
    droppedPayloads: meta?.total.droppedPayloads ?? 0,
    ...facts,
  };
}

export type ReplayItem =
  | { readonly kind: "frame"; readonly frame: RecordedFrame }
  /** Frames, or records of frames, that the gateway could not keep. */
  | { readonly kind: "gap"; readonly frames: number; readonly payloads: number; readonly at: number }
  /** Records from before masking are there, and no private key was given. */
  | { readonly kind: "sealed"; readonly at: number }
  /** Orderly end. */
  | { readonly kind: "end"; readonly frames: number; readonly at: number }
  /** The file just stops: the session runs, or the gateway died; up to a second may be missing. */
  | { readonly kind: "cut"; readonly message: string };

export interface ReadSessionOptions {
  /** Key-encryption keys, past ones too; the recording says which one it needs. */
  readonly keys: readonly Sensitive<Buffer>[];
  /** X25519, private: opens what was kept from before masking. */
  readonly rawKey?: KeyObject;
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
  const path = await recordingPath(disk, directory, id);
  const reader = await openRecordingFile(disk, path);
  if (reader === null) throw new LockkeeperError("audit-corrupt", `the recording of session ${id} has not begun`);
  try {
    const keys = await keysOf(disk, path, options);
    for (;;) {
      for (let block = await reader.read(); block; block = await reader.read()) {
        yield* itemsOf(block, keys, reader);
        if (block.meta.kind === "footer") {
          await reader.read(); // nothing may stand behind it
          return;
        }
      }
      if (!follow || follow.signal.aborted) {
        const rest = await reader.rest();
        const torn = rest > 0 ? `; its last ${rest} bytes are no whole chunk` : "";
        yield {
          kind: "cut",
          message: `the recording ends here without a footer: the session still runs, or its gateway died and up to a second is missing${torn}`,
        };
        return;
      }
      await pause(follow.clock, follow.signal);
    }
  } finally {
    await reader.close();
  }
}

interface OpenKeys {
  readonly key: Buffer;
  readonly raw: Buffer | null;
}

async function keysOf(disk: Disk, path: string, options: ReadSessionOptions): Promise<OpenKeys> {
  const keys = await readSessionKeys(path, disk);
  if (keys === null) {
    throw new LockkeeperError(
      "audit-corrupt",
      "this recording was erased: its key was destroyed, and nobody can read it",
    );
  }
  return {
    key: openSessionKey(keys, options.keys),
    raw: options.rawKey ? openRawKey(keys, options.rawKey) : null,
  };
}

function* itemsOf(block: Block, keys: OpenKeys, { headHash }: RecordingReader): Generator<ReplayItem> {
  const { meta } = block;
  if (meta.kind === "raw" && keys.raw === null) yield { kind: "sealed", at: meta.lastAt };
  else {
    const key = meta.kind === "raw" && keys.raw ? keys.raw : keys.key;
    for (const frame of openBlock(block, key, headHash)) yield { kind: "frame", frame };
  }
  if (meta.lostFrames + meta.droppedPayloads > 0)
    yield { kind: "gap", frames: meta.lostFrames, payloads: meta.droppedPayloads, at: meta.lastAt };
  if (meta.kind === "footer") yield { kind: "end", frames: meta.total.frames, at: meta.lastAt };
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
