// Is a recording what the log committed to? By its files alone, and better with the keys: every chunk's place in the chain, its seal, and the
// commitments that the log holds. Erased is a state, not damage: the hashes still prove what it was.
import { describeError } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { Sensitive } from "../base/sensitive.ts";
import { openBlock } from "./chunks.ts";
import { type Disk, realDisk } from "./disk.ts";
import type { LoggedEvent } from "./query.ts";
import { openSessionKey, readSessionKeys } from "./recording-keys.ts";
import { BrokenRecording, openRecordingFile, type RecordingReader } from "./recording-reader.ts";

/** What the log holds of one session's recording. */
export interface Committed {
  /** Number of chunks → commitment of the last of them. */
  readonly marks: ReadonlyMap<number, string>;
  /** Chunks in all, once the session has ended; null where it runs or its gateway died. */
  readonly total: number | null;
  /** It has no end in the log, and its gateway was started again since: that died. */
  readonly cut: boolean;
  /** The log says that the key was destroyed, or the file removed by retention. */
  readonly erased: boolean;
  readonly removed: boolean;
}

export type RecordingState = "whole" | "open" | "cut" | "erased" | "removed" | "damaged";

export interface RecordingReport {
  readonly session: string;
  readonly state: RecordingState;
  /** Chunks that are right, the footer included. */
  readonly chunks: number;
  /** Of a damaged one: the first bad chunk; null where the file itself is gone. */
  readonly chunk: number | null;
  readonly message: string;
}

const nothingCommitted: Committed = { marks: new Map(), total: null, cut: false, erased: false, removed: false };

/** Session → what the events of the logs commit to. A gateway that starts says something about the sessions of its own log only. */
export async function commitments(logs: readonly AsyncIterable<LoggedEvent>[]): Promise<Map<string, Committed>> {
  const all = new Map<string, Committed>();
  for (const events of logs) await addCommitments(events, all);
  return all;
}

async function addCommitments(events: AsyncIterable<LoggedEvent>, all: Map<string, Committed>): Promise<void> {
  const own = new Set<string>();
  const note = (session: string, change: (before: Committed) => Partial<Committed>) => {
    const before = all.get(session) ?? nothingCommitted;
    all.set(session, { ...before, ...change(before) });
  };
  const mark = (session: string, seal: Json | undefined, last: boolean) => {
    const { chunks, commitment } = objectOf(seal);
    if (typeof chunks !== "number" || typeof commitment !== "string") return;
    own.add(session);
    note(session, ({ marks, total }) => ({
      marks: new Map([...marks, [chunks, commitment]]),
      total: last ? chunks : total,
    }));
  };
  for await (const { code, session, envelope } of events) {
    const details = objectOf(objectOf(objectOf(envelope["data"])["unmapped"])["details"]);
    if (code === "session.started" && session) {
      own.add(session);
      note(session, () => ({}));
    }
    if (code === "gateway.started")
      for (const id of own) note(id, ({ total, cut }) => ({ cut: cut || total === null }));
    if ((code === "session.ended" || code === "session.aborted") && session) mark(session, details["recording"], true);
    if (code === "recording.committed")
      for (const [id, seal] of Object.entries(objectOf(details["recordings"]))) mark(id, seal, false);
    if (code === "recording.erased" && typeof details["session"] === "string")
      note(details["session"], () => ({ erased: true }));
    if (code === "retention.pruned") {
      for (const id of namesIn(details["recordings_shredded"])) note(id, () => ({ erased: true }));
      for (const id of namesIn(details["recordings_removed"])) note(id, () => ({ removed: true }));
    }
  }
}

/** `path` is null where there is no file. Never rejects for what it finds. */
export async function verifyRecording(
  session: string,
  path: string | null,
  committed: Committed = nothingCommitted,
  options: { readonly keys?: readonly Sensitive<Buffer>[]; readonly disk?: Disk } = {},
): Promise<RecordingReport> {
  const { disk = realDisk, keys = [] } = options;
  if (path === null) {
    if (committed.removed) return report(session, "removed", 0, "removed by retention, as the log says");
    return report(session, "damaged", 0, "the log committed to a recording, and there is none");
  }
  let reader: RecordingReader | null = null;
  try {
    reader = await openRecordingFile(disk, path);
    if (reader === null && committed.cut && committed.marks.size === 0)
      return report(session, "cut", 0, "cut: its gateway died before its first chunk was whole");
    if (reader === null) return report(session, "damaged", 0, "its head is missing", 0);
    return await walk(session, path, reader, committed, keys, disk);
  } catch (error) {
    const chunk = error instanceof BrokenRecording ? error.chunk : (reader?.next ?? 0);
    return report(session, "damaged", reader?.next ?? 0, describeError(error), chunk);
  } finally {
    await reader?.close();
  }
}

async function walk(
  session: string,
  path: string,
  reader: RecordingReader,
  { marks, total, cut, erased }: Committed,
  keys: readonly Sensitive<Buffer>[],
  disk: Disk,
): Promise<RecordingReport> {
  const wrapped = await readSessionKeys(path, disk);
  const key = wrapped && keys.length > 0 ? openSessionKey(wrapped, keys) : null;
  let ended = false;
  for (;;) {
    // the seal first: it tells which of two chunks that do not fit together was changed
    const next = ended ? null : await reader.peek();
    if (next && key && next.meta.kind !== "raw") openBlock(next, key, reader.headHash);
    const block = await reader.read();
    if (block === null) break;
    ended = block.meta.kind === "footer";
    const mark = marks.get(reader.next);
    if (mark !== undefined && mark !== block.commitment)
      throw new BrokenRecording(session, reader.next - 1, "is not the one that the log committed to");
  }
  const promised = Math.max(0, ...marks.keys());
  if (reader.next < promised)
    throw new BrokenRecording(session, reader.next, `is missing: the log committed to ${promised}`);
  if (total !== null && reader.next > total)
    throw new BrokenRecording(session, total, "is more than the log committed to");
  if (wrapped === null) {
    const said = erased ? "erased, as the log says" : "erased: its key is gone, and the log does not say by whom";
    return report(session, "erased", reader.next, `${said}; its ${reader.next} chunks are those that were recorded`);
  }
  if (ended) return report(session, "whole", reader.next, `whole: ${reader.next} chunks`);
  if (!cut)
    return report(session, "open", reader.next, `open, or its gateway died: ${reader.next} chunks are right so far`);
  const rest = await reader.rest();
  const torn = rest > 0 ? `, the ${rest} bytes behind them are no whole chunk` : "";
  const message = `cut: its gateway died; ${reader.next} chunks are right${torn}, and up to a second is missing`;
  return report(session, "cut", reader.next, message);
}

function report(
  session: string,
  state: RecordingState,
  chunks: number,
  message: string,
  chunk: number | null = null,
): RecordingReport {
  return { session, state, chunks, chunk, message };
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function namesIn(value: Json | undefined): string[] {
  const { sessions } = objectOf(value);
  return Array.isArray(sessions) ? sessions.filter((name) => typeof name === "string") : [];
}
