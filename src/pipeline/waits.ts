// Watches over what waits in all connections together. Each has its own bounds (connection.ts stops reading from whoever is ahead); their sum has one
// here: what is beyond it is taken from the connections that hold the most. And it says in the operational log who is waited for, since the
// other side only sees that nothing comes. Looks from time to time; nothing of this is on a request's way.
import type { Cancel, Clock } from "../base/clock.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Session } from "../model/session.ts";
import type { Framer } from "../protocols/protocol.ts";
import type { BrokerLink } from "./broker-link.ts";
import type { ClientWrites } from "./client-writes.ts";
import type { InFlight } from "./in-flight.ts";
import type { Inbox } from "./inbox.ts";

export interface Wait {
  /** Of both directions: unfinished frames, frames that wait their turn, what a socket has not taken. */
  readonly bytes: number;
  /** Whose turn it is, where the other side is not read meanwhile; null where everything flows. */
  readonly for: "client" | "broker" | "answers" | null;
}

/** A connection, as it is looked at. */
export interface Waiting {
  readonly session: Pick<Session, "id" | "client">;
  /** Null once it has ended. */
  waits(): Wait | null;
  /** Ends it. */
  cut(reason: string): void;
}

export function waitOf(
  framer: Pick<Framer, "pendingBytes">,
  inbox: Pick<Inbox, "bytes">,
  writes: Pick<ClientWrites, "full" | "waitingBytes">,
  answeringBytes: number,
  inFlight: Pick<InFlight, "size">,
  link: Pick<BrokerLink, "writable" | "waitingBytes"> | null,
): Wait {
  const bytes =
    framer.pendingBytes + inbox.bytes + writes.waitingBytes + answeringBytes + (link === null ? 0 : link.waitingBytes);
  if (writes.full) return { bytes, for: "client" };
  if (link?.writable === false) return { bytes, for: "broker" };
  return { bytes, for: inFlight.size >= limits.inFlightRequestsMax ? "answers" : null };
}

export interface Waits {
  /** Of all connections, at the last look. */
  readonly bytes: number;
  stop(): void;
}

export interface WaitsOptions {
  readonly connections: () => Iterable<Waiting>;
  readonly bytesMax: number;
  readonly clock: Clock;
  readonly log: Log;
}

const sentences = {
  client: "a client does not read its answers: they wait, and nothing more of it is read",
  broker: "a broker does not take what is written to it: its client waits",
  answers: "a client waits for more answers than may be under way: nothing more of it is read until some have come",
} as const;

interface Told {
  readonly for: keyof typeof sentences;
  readonly since: number;
  toldAt: number;
}

export function watchWaits({ connections, bytesMax, clock, log }: WaitsOptions): Waits {
  let told = new Map<Waiting, Told>();
  let untold = 0;
  let bytes = 0;
  let timer: Cancel = () => {};

  function look(): void {
    const now = clock.monotonic();
    const still = new Map<Waiting, Told>();
    let lines = 0;
    bytes = 0;
    for (const it of connections()) {
      const wait = it.waits();
      bytes += wait?.bytes ?? 0;
      if (wait === null || wait.for === null) continue;
      const known = told.get(it);
      const one = known?.for === wait.for ? known : { for: wait.for, since: now, toldAt: Number.NEGATIVE_INFINITY };
      still.set(it, one);
      if (now - one.since < limits.waitToldMs || now - one.toldAt < limits.waitToldAgainMs) continue;
      if (lines++ < limits.waitLinesMax) tell(it, wait.bytes, one, now);
      else untold++;
    }
    told = still;
    if (bytes > bytesMax) makeRoom();
    timer = clock.after(bytes > bytesMax / 2 ? limits.waitLookBusyMs : limits.waitLookMs, look);
  }

  function tell({ session: { id, client } }: Waiting, held: number, one: Told, now: number): void {
    const left = untold > 0 ? { count: untold } : {};
    const durationMs = Math.round(now - one.since);
    log.warn({ session: id, client, bytes: held, durationMs, ...left }, sentences[one.for]);
    one.toldAt = now;
    untold = 0;
  }

  /** The largest first, until a fifth is free: one that holds little is never the reason. */
  function makeRoom(): void {
    const all = [...connections()]
      .map((it) => ({ it, held: it.waits()?.bytes ?? 0 }))
      .toSorted((a, b) => b.held - a.held);
    const [before, target] = [bytes, bytesMax * 0.8];
    let cut = 0;
    for (const { it, held } of all) {
      if (bytes <= target) break;
      it.cut(`what waits in all connections (${before} bytes) is over limits.waitingBytes, and this one held ${held}`);
      bytes -= held;
      cut++;
    }
    log.error(
      { bytes: before, count: cut },
      "too much waits for clients and brokers that do not read (limits.waitingBytes): the connections that held the most were ended",
    );
  }

  timer = clock.after(limits.waitLookMs, look);
  return {
    get bytes() {
      return bytes;
    },
    stop: () => timer(),
  };
}
