// Checks a log from its files alone: every entry, every tile, the root and the signature; and what the journal still holds.
// Reads only; trusts nothing but the verifier key (and, where given, a checkpoint that was kept elsewhere).
import { join } from "node:path";
import { describeError } from "../base/errors.ts";
import { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
import { type Disk, readFileIfThere, realDisk } from "./disk.ts";
import { type Handover, keyChain, openHandover, readHandovers } from "./handover.ts";
import { leafHash } from "./merkle.ts";
import type { Verifier } from "./note.ts";
import { readJournal } from "./snapshot.ts";
import { type Complain, type Milestone, walkTree } from "./verify-walk.ts";

export interface Problem {
  /** File within the log's folder. */
  readonly file: string;
  /** Index of the first entry that is affected, or null where that cannot be said. */
  readonly entry: number | null;
  readonly message: string;
}

export interface VerifyReport {
  readonly ok: boolean;
  /** Entries under the checkpoint. */
  readonly size: number;
  readonly origin: string | null;
  readonly rootHex: string | null;
  /** When the checkpoint was signed: milliseconds since 1970. */
  readonly checkpointAt: number | null;
  /** Recorded, but not under the checkpoint yet. */
  readonly pending: number;
  /** Entries that retention removed: their hashes are there, and the log says that they were removed. */
  readonly pruned: number;
  /** Keys that signed this log, one after the other. */
  readonly keys: number;
  /** In the order in which they were found; the first is the first bad place. At most `problemsMax`. */
  readonly problems: readonly Problem[];
}

export interface VerifyOptions {
  /** Handed out by whoever runs the log. Without it the key in the folder is used, which only finds accidents. */
  readonly verifierKey?: string;
  /** An older checkpoint of this log (a signed note) that was kept elsewhere: the log must contain that tree. */
  readonly known?: string;
  readonly disk?: Disk;
}

const problemsMax = 20;

/** Never rejects for what it finds: an unreadable log is a report with problems. */
export async function verifyLog(folder: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const disk = options.disk ?? realDisk;
  const problems: Problem[] = [];
  const complain = (file: string, entry: number | null, message: string) => {
    if (problems.length < problemsMax) problems.push({ file, entry, message });
  };
  let checkpoint: Checkpoint | null = null;
  let [pending, pruned, keys] = [0, 0, 0];
  try {
    // The journal first: whatever is integrated meanwhile is then in both, and nothing is in neither.
    const journal = await readJournal(disk, folder);
    const key = options.verifierKey ?? (await readFileIfThere(disk, join(folder, "log.pub")))?.toString("utf8");
    const note = (await readFileIfThere(disk, join(folder, "checkpoint")))?.toString("utf8");
    if (key === undefined) complain("log.pub", null, "is missing, and no verifier key was given");
    else if (note === undefined) complain("checkpoint", null, "is missing");
    else {
      const handovers = await openHandovers(disk, folder);
      const chain = keyChain(key, handovers);
      keys = chain.length;
      checkpoint = openCurrent(note, chain, handovers.at(-1));
      // Our own logs always say when: a line that is not there was taken away.
      if (checkpoint.atMs === null) complain("checkpoint", null, "does not say, signed, when it was made");
      const milestones = handovers.map(({ size, root }, i): Milestone => {
        return { size, root, what: "the hand-over of its key", file: `handovers/${String(i + 1).padStart(6, "0")}` };
      });
      if (options.known !== undefined) {
        milestones.push({ ...openByAny(options.known, chain), what: "the given checkpoint", file: "checkpoint" });
      }
      const keepFrom = journal?.base ?? checkpoint.size;
      const walked = await walkTree({ disk, folder, checkpoint, milestones, keepFrom, complain });
      pruned = walked.pruned;
      if (journal) pending = checkJournal(journal, checkpoint.size, walked.kept, complain);
    }
  } catch (error) {
    complain("checkpoint", null, describeError(error));
  }
  return {
    ok: problems.length === 0,
    size: checkpoint?.size ?? 0,
    origin: checkpoint?.origin ?? null,
    rootHex: checkpoint?.root.toString("hex") ?? null,
    checkpointAt: checkpoint?.atMs ?? null,
    pending,
    pruned,
    keys,
    problems,
  };
}

async function openHandovers(disk: Disk, folder: string): Promise<Handover[]> {
  return (await readHandovers(disk, folder)).map(({ note }) => openHandover(note));
}

/** The last key signs; the one before only the tree that it handed over, until that is signed anew. */
function openCurrent(note: string, chain: readonly Verifier[], handover: Handover | undefined): Checkpoint {
  const checkpoint = openByAny(note, chain.slice(-2));
  if (handover?.size === checkpoint.size) return checkpoint;
  return openByAny(note, chain.slice(-1));
}

/** Signed by one of these keys, the newest first. Throws what the newest says of it. */
function openByAny(note: string, keys: readonly Verifier[]): Checkpoint {
  let first: unknown = null;
  for (const key of keys.toReversed()) {
    try {
      return openCheckpoint(note, key);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

/** What both hold must be the same; what only the journal holds is counted. */
function checkJournal(
  journal: NonNullable<Awaited<ReturnType<typeof readJournal>>>,
  size: number,
  hashes: readonly Buffer[],
  complain: Complain,
): number {
  const { base, entries, tornBytes, file } = journal;
  if (base > size) complain(file, size, `begins at entry ${base}: entries before it are in neither journal nor tree`);
  for (const [i, entry] of entries.entries()) {
    const hash = hashes[i];
    if (hash && !leafHash(entry).equals(hash)) complain(file, base + i, "differs from the tree");
  }
  if (tornBytes > 0) complain(file, base + entries.length, `ends in ${tornBytes} bytes that are no whole entry`);
  return Math.max(0, base + entries.length - size);
}
