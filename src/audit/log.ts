// The audit log: AuditRecorder over a journal, and a C2SP tlog-tiles tree that what is journalled is moved into, with a signed
// checkpoint about once a second. An event counts when the journal holds it; the tree follows. Never drops, never blocks the loop.
import { join } from "node:path";
import type { Cancel, Clock } from "../base/clock.ts";
import { describeError, LockkeeperError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { AuditEvent } from "../model/audit-event.ts";
import { signCheckpoint } from "./checkpoint.ts";
import type { Disk } from "./disk.ts";
import { type EventSource, encodeEvent } from "./event.ts";
import { createJournal } from "./journal.ts";
import { leafHash } from "./merkle.ts";
import { type NoteSigner, verifierKey } from "./note.ts";
import type { AuditRecorder } from "./recorder.ts";
import type { Recovered } from "./recover.ts";
import { Refusals } from "./refusals.ts";
import { tellWhenSlow } from "./slow-disk.ts";
import { edgeRoot } from "./tiles.ts";
import { extendTree, type Leaf, removePartials, writeCheckpoint } from "./tree.ts";

export interface AuditLog extends AuditRecorder {
  /** The verifier key that auditors need; also in `log.pub`. */
  readonly verifierKey: string;
  /** Entries under the last checkpoint, and entries that only the journal holds. */
  readonly size: number;
  readonly pending: number;
  /** For metrics. */
  counts(): AuditLogCounts;
  /** Moves all that was recorded into the tree and signs a checkpoint now. Rejects with `audit-unavailable`. */
  checkpoint(): Promise<void>;
  /** A checkpoint, after which the tree alone holds what was recorded: the journal keeps no copy. Rejects with `audit-unavailable`. */
  settle(): Promise<void>;
  /** Last checkpoint, then the folder is free for another gateway. */
  close(): Promise<void>;
}

export interface AuditLogCounts {
  /** Bytes that wait for the journal, and bytes in it that wait for the tree. */
  readonly queueBytes: number;
  readonly pendingBytes: number;
  /** Events that were refused since the start. */
  readonly refused: number;
  /** Milliseconds since 1970; 0 before the first checkpoint of this run. */
  readonly checkpointAt: number;
}

export interface LogSettings {
  readonly clock: Clock;
  readonly log: Log;
  readonly source: EventSource;
  /** Milliseconds from the first new event to the next checkpoint. */
  readonly checkpointMs: number;
  /** Milliseconds without an event after which a checkpoint is signed all the same. */
  readonly heartbeatMs: number;
  /** Called with each new checkpoint (a signed note), for sinks outside. Must not throw. */
  readonly onCheckpoint?: (note: string, size: number) => void;
}

interface Waiting {
  readonly entry: Buffer;
  readonly durable: boolean;
  resolve(): void;
  reject(error: LockkeeperError): void;
}

export interface LogParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly signer: NoteSigner;
  readonly recovered: Recovered;
  readonly segmentBytesMax: number;
  readonly release: () => Promise<void>;
}

function unavailable(error: unknown): LockkeeperError {
  if (error instanceof LockkeeperError) return error;
  return new LockkeeperError("audit-unavailable", `the audit log cannot be written: ${describeError(error)}`, {
    cause: error,
  });
}

/** The running log; open.ts makes one from a folder. */
export function createLog(parts: LogParts, settings: LogSettings): AuditLog {
  const { disk, folder, signer, recovered } = parts;
  const { clock, log, source } = settings;
  let edge = recovered.edge;
  /** The checkpoints that may stand on the disk: the last one, and one whose writing is under way or failed half-way. */
  let notes: readonly string[] = [recovered.note];
  const pending: Leaf[] = recovered.entries.map((entry) => ({ entry, hash: leafHash(entry) }));
  let pendingBytes = recovered.entries.reduce((sum, entry) => sum + entry.length, 0);
  let queue: Waiting[] = [];
  let queueBytes = 0;
  let draining: Promise<void> | null = null;
  let integrating: Promise<void> | null = null;
  let journalWritable = true;
  let treeWritable = true;
  let closed = false;
  const refusals = new Refusals();
  let checkpointAt = 0;
  let timer: { readonly cancel: Cancel; readonly busy: boolean } | null = null;

  const plain = createJournal({
    disk,
    folder: join(folder, "journal"),
    lastSequence: recovered.lastSequence,
    segmentBytesMax: parts.segmentBytesMax,
    assertOurs,
    kept: () => ({ base: edge.size, entries: pending.map((leaf) => leaf.entry) }),
  });
  const journal = tellWhenSlow(plain, folder, settings);

  function setWritable(journalNow: boolean, treeNow: boolean, error?: unknown): void {
    const before = journalWritable && treeWritable;
    journalWritable = journalNow;
    treeWritable = treeNow;
    if (before === (journalNow && treeNow)) return;
    if (before) log.error({ path: folder, error: describeError(error) }, "the audit log cannot be written");
    else log.info({ path: folder }, "the audit log can be written again");
  }

  function record(event: AuditEvent, options?: { readonly durable?: boolean }): Promise<void> {
    if (closed) return Promise.reject(new LockkeeperError("audit-unavailable", "the audit log is closed"));
    let entry: Buffer;
    try {
      entry = encodeEvent(event, newId("evt", event.at), source);
    } catch (error) {
      return Promise.reject(unavailable(error));
    }
    if (queueBytes + entry.length > limits.auditQueueBytesMax) {
      refusals.note(1, clock.now());
      return Promise.reject(new LockkeeperError("audit-unavailable", "the audit log's queue is full"));
    }
    queueBytes += entry.length;
    return new Promise((resolve, reject) => {
      queue.push({ entry, durable: options?.durable === true, resolve, reject });
      draining ??= drain();
    });
  }

  /** Groups what one turn of the event loop recorded; while a write is under way, the next group gathers. */
  async function drain(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const group = queue;
      queue = [];
      await writeGroup(group);
    }
    draining = null;
  }

  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    const leaves = group.map(({ entry }) => ({ entry, hash: leafHash(entry) }));
    const bytes = group.reduce((sum, { entry }) => sum + entry.length, 0);
    const entries = leaves.map((leaf) => leaf.entry);
    try {
      // A tree that cannot follow must not fill our memory: at half the bound it is told to hurry, at the bound all wait for it.
      if (pendingBytes > limits.auditQueueBytesMax / 2) {
        const hurried = checkpoint();
        if (pendingBytes > limits.auditQueueBytesMax) await hurried;
        else hurried.catch(() => {});
      }
      await journal.write(entries, edge.size + pending.length, () => {
        for (const leaf of leaves) pending.push(leaf);
        pendingBytes += bytes;
      });
    } catch (error) {
      setWritable(false, treeWritable, error);
      const refusal = unavailable(error);
      refusals.note(group.length, clock.now());
      for (const waiting of group) waiting.reject(refusal);
      return;
    } finally {
      queueBytes -= bytes;
      schedule(true);
    }
    setWritable(true, treeWritable);
    tellGap();
    const durable = group.filter((waiting) => waiting.durable);
    for (const waiting of group) if (!waiting.durable) waiting.resolve();
    if (durable.length > 0) void settle(durable);
  }

  /** What was refused did not happen, but that somebody tried is missing too: the log says so itself, as soon as it can. */
  function tellGap(): void {
    const gap = refusals.take();
    if (gap === null) return;
    const details = { reason: "the log could not be written", refused: gap.count, since: gap.since };
    void record({ code: "log.gap", at: clock.now(), actor: null, details }).catch(() => refusals.giveBack(gap));
  }

  /** An event whose sync failed is refused, yet may stay in the log: an attempt too many is better than an effect too few. */
  async function settle(durable: readonly Waiting[]): Promise<void> {
    try {
      await journal.sync();
      for (const waiting of durable) waiting.resolve();
    } catch (error) {
      setWritable(false, treeWritable, error);
      for (const waiting of durable) waiting.reject(unavailable(error));
    }
  }

  /** One timer: soon after something new or after a failure, else at the next heartbeat. */
  function schedule(busy: boolean): void {
    if (closed || (timer !== null && (timer.busy || !busy))) return;
    timer?.cancel();
    const cancel = clock.after(busy ? settings.checkpointMs : settings.heartbeatMs, () => {
      timer = null;
      void checkpoint().then(
        () => schedule(pending.length > 0),
        () => schedule(true),
      );
    });
    timer = { cancel, busy };
  }

  function checkpoint(): Promise<void> {
    integrating ??= integrate().finally(() => {
      integrating = null;
    });
    return integrating;
  }

  async function integrate(): Promise<void> {
    const leaves = pending.slice();
    try {
      // Nothing is signed that the journal could still lose. This is also where a journal that failed is tried again.
      await journal.sync();
      setWritable(true, treeWritable);
    } catch (error) {
      setWritable(false, treeWritable, error);
      throw unavailable(error);
    }
    try {
      await assertOurs();
      const next = await extendTree(disk, folder, edge, leaves);
      const signed = signCheckpoint(next.size, edgeRoot(next), signer, clock.now());
      notes = [...notes.slice(0, 1), signed];
      await writeCheckpoint(disk, folder, signed);
      const before = edge.size;
      edge = next;
      notes = [signed];
      pending.splice(0, leaves.length);
      pendingBytes -= leaves.reduce((sum, leaf) => sum + leaf.entry.length, 0);
      checkpointAt = clock.now();
      setWritable(journalWritable, true);
      await removePartials(disk, folder, before, next.size);
      settings.onCheckpoint?.(signed, next.size);
    } catch (error) {
      setWritable(journalWritable, false, error);
      throw unavailable(error);
    }
  }

  async function settleAll(): Promise<void> {
    await checkpoint();
    await journal.renew().catch((error: unknown) => Promise.reject(unavailable(error)));
  }

  /** A checkpoint that we did not write means another writer, or a folder that was swapped: signing on would fork the log. */
  async function assertOurs(): Promise<void> {
    const there = await disk.readFile(join(folder, "checkpoint"), "utf8");
    if (!notes.includes(there)) throw new Error("the checkpoint is not the one that this gateway wrote last");
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    timer?.cancel();
    await draining;
    await integrating?.catch(() => {});
    try {
      await checkpoint();
    } finally {
      await journal.close();
      await parts.release();
    }
  }

  schedule(pending.length > 0);
  return {
    record,
    checkpoint,
    settle: settleAll,
    close,
    counts: () => ({ queueBytes, pendingBytes, refused: refusals.inAll, checkpointAt }),
    verifierKey: verifierKey(signer),
    get healthy() {
      return journalWritable && treeWritable;
    },
    get size() {
      return edge.size;
    },
    get pending() {
      return pending.length;
    },
  };
}
