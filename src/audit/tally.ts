// Sums the data plane: which offsets a session read and wrote, as exact ranges, in at most one event a second and direction.
// Never loses a range and never widens one: what cannot be recorded now is kept and tried again.
import type { Cancel, Clock } from "../base/clock.ts";
import { GroupedTimer } from "../base/grouped-timer.ts";
import { limits } from "../base/limits.ts";
import type { AuditActor, AuditEvent, DataRange, DataSent } from "../model/audit-event.ts";
import { canonical } from "./canonical.ts";
import { addUp, Ranges } from "./ranges.ts";

type DataCode = "data.read" | "data.written" | "data.unacknowledged";

export interface Tally {
  /** `actor.session` says whose it is; the latest actor of a session stands in its event. */
  add(actor: AuditActor, direction: DataRange["direction"], range: DataRange): void;
  /** What went without an answer is counted: there are no offsets to tell. */
  addSent(actor: AuditActor, sent: DataSent): void;
  /** Records what is left of a session, at once. Never rejects: what the log cannot take is kept and tried again each second. */
  end(session: string): Promise<void>;
  /** The same for all sessions, before the gateway stops; rejects with `audit-unavailable` when something had to stay behind. */
  flush(): Promise<void>;
}

export interface TallyOptions {
  readonly clock: Clock;
  /** Records an event; `AuditRecorder.record`. */
  readonly emit: (event: AuditEvent) => Promise<void>;
  /** Milliseconds from a first range to its event; 1,000 unless told. */
  readonly flushMs?: number;
}

/** Ranges of one event as JSON: small enough that event.ts never cuts them, whatever else the event holds. */
const rangesPerEventBytesMax = 12_000;

interface Sum {
  actor: AuditActor;
  /** When the first of these was added: milliseconds since 1970. */
  since: number;
  readonly ranges: Ranges;
  readonly sent: Map<string, DataSent>;
}

/** What one event tells. */
type Part = Pick<AuditEvent, "ranges" | "sent">;

interface SessionSums {
  readonly sums: Map<DataCode, Sum>;
  timer: Cancel | null;
  flushing: Promise<void> | null;
}

export function createTally({ clock, emit, flushMs = 1_000 }: TallyOptions): Tally {
  const sessions = new Map<string, SessionSums>();
  /** What falls due together is one write of the journal, and not one for each session. */
  const timer = new GroupedTimer(clock, flushMs, limits.auditGroupMs);

  function add(actor: AuditActor, direction: DataRange["direction"], range: DataRange): void {
    merge(actor, direction === "write" ? "data.written" : "data.read", clock.now(), { ranges: [range] });
  }

  function merge(actor: AuditActor, code: DataCode, since: number, { ranges = [], sent = [] }: Part): void {
    const key = actor.session ?? "";
    let state = sessions.get(key);
    if (!state) sessions.set(key, (state = { sums: new Map(), timer: null, flushing: null }));
    let sum = state.sums.get(code);
    if (!sum) state.sums.set(code, (sum = { actor, since, ranges: new Ranges(), sent: new Map() }));
    sum.actor = actor;
    sum.since = Math.min(sum.since, since);
    for (const range of ranges) sum.ranges.add(range);
    for (const each of sent) {
      const partition = `${each.partition}/${each.topic}`;
      const before = sum.sent.get(partition);
      sum.sent.set(partition, before ? addSent(before, each) : each);
    }
    state.timer ??= timer.after(() => {
      state.timer = null;
      flushSession(key).catch(() => {});
    });
  }

  /** One after the other for each session, so that `end` is behind all that was added before it. */
  async function flushSession(key: string): Promise<void> {
    const state = sessions.get(key);
    if (!state) return;
    while (state.flushing) await state.flushing.catch(() => {});
    state.flushing = write(state).finally(() => {
      state.flushing = null;
      if (state.sums.size === 0 && sessions.get(key) === state) {
        state.timer?.();
        sessions.delete(key);
      }
    });
    await state.flushing;
  }

  /** Hands all events to the log before the first wait: whatever its caller records next stands behind them. */
  async function write(state: SessionSums): Promise<void> {
    const sums = [...state.sums];
    state.sums.clear();
    const emitted = sums.flatMap(([code, { actor, since, ranges, sent }]) =>
      [
        ...parts(ranges.all()).map((some): Part => ({ ranges: some })),
        ...parts([...sent.values()]).map((some): Part => ({ sent: some })),
      ].map(async (part) => {
        try {
          await emit({ code, at: clock.now(), actor, ...part, details: { since } });
        } catch (error) {
          merge(actor, code, since, part);
          throw error;
        }
      }),
    );
    for (const result of await Promise.allSettled(emitted)) if (result.status === "rejected") throw result.reason;
  }

  return {
    add,
    addSent: (actor, sent) => merge(actor, "data.unacknowledged", clock.now(), { sent: [sent] }),
    end: (session) => flushSession(session).catch(() => {}),
    async flush() {
      const results = await Promise.allSettled([...sessions.keys()].map(flushSession));
      for (const result of results) if (result.status === "rejected") throw result.reason;
    },
  };
}

/** What one event takes. A single one is never cut in two, so its size is nobody's question. */
function parts<T extends DataRange | DataSent>(all: readonly T[]): (readonly T[])[] {
  if (all.length === 1) return [all];
  const split: T[][] = [];
  let room = 0;
  for (const range of all) {
    const bytes = Buffer.byteLength(JSON.stringify(canonical(range)));
    if (bytes > room) {
      split.push([]);
      room = rangesPerEventBytesMax;
    }
    room -= bytes;
    split.at(-1)?.push(range);
  }
  return split;
}

function addSent(a: DataSent, b: DataSent): DataSent {
  return { ...b, records: a.records + b.records, bytes: a.bytes + b.bytes, masked: addUp(a.masked, b.masked) };
}
