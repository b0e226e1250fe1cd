// Watches over what waits in all connections together. Each has its own bounds (connection.ts stops reading from whoever is ahead); their sum has one
// here: what is beyond it is taken from the connections that hold the most. And it says in the operational log who is waited for, since the
// other side only sees that nothing comes. Looks from time to time; nothing of this is on a request's way.
import type { Cancel, Clock } from "../base/clock.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Session } from "../model/session.ts";
import type { Framer } from "../protocols/protocol.ts";
import type { BrokerLink } from "./broker-link.ts";
import type { Expected, InFlight } from "./in-flight.ts";
import type { Inbox } from "./inbox.ts";
import type { RequestPath } from "./request-path.ts";
import type { SocketWrites } from "./socket-writes.ts";

export interface Wait {
  /** Of both directions: unfinished frames, frames that wait their turn, what a socket has not taken. */
  readonly bytes: number;
  /** Whose turn it is, where the other side is not read meanwhile; null where everything flows. */
  readonly for: "client" | "broker" | "policy" | "answers" | null;
  /** What the broker has to answer first: the same thing until it has. */
  readonly owed: Pick<Expected, "asked"> | null;
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
  writes: Pick<SocketWrites, "full" | "waitingBytes">,
  path: Pick<RequestPath, "answeringBytes" | "paced">,
  inFlight: Pick<InFlight, "size" | "peek">,
  link: Pick<BrokerLink, "writable" | "waitingBytes"> | null,
): Wait {
  const bytes =
    framer.pendingBytes + inbox.bytes + writes.waitingBytes + path.answeringBytes + (link ? link.waitingBytes : 0);
  const owed = inFlight.peek() ?? null;
  if (writes.full) return { bytes, owed, for: "client" };
  if (link?.writable === false) return { bytes, owed, for: "broker" };
  if (path.paced) return { bytes, owed, for: "policy" };
  return { bytes, owed, for: inFlight.size >= limits.inFlightRequestsMax ? "answers" : null };
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
  policy: "the policy takes long for what a client asks: its requests wait, so that others do not",
  answers: "a client waits for more answers than may be under way: nothing more of it is read until some have come",
  answer: "a broker has not answered yet: its client waits, as it may where it reads or joins a group",
} as const;

interface Told {
  readonly for: keyof typeof sentences;
  readonly owed: Wait["owed"];
  readonly since: number;
  toldAt: number;
}

/** A wait that was there at the last look goes on; null where nobody waits. */
function toldOf({ for: side, owed }: Wait, known: Told | undefined, now: number): Told | null {
  const why = side ?? (owed ? "answer" : null);
  if (why === null) return null;
  if (known?.for === why && (why !== "answer" || known.owed === owed)) return known;
  return { for: why, owed, since: now, toldAt: Number.NEGATIVE_INFINITY };
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
      const one = wait && toldOf(wait, told.get(it), now);
      if (wait === null || one === null) continue;
      still.set(it, one);
      const soon = one.for === "answer" ? limits.waitAnswerToldMs : limits.waitToldMs;
      if (now - one.since < soon || now - one.toldAt < limits.waitToldAgainMs) continue;
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
    const api = one.for === "answer" && one.owed?.asked ? { api: one.owed.asked } : {};
    log.warn({ session: id, client, ...api, bytes: held, durationMs, ...left }, sentences[one.for]);
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
