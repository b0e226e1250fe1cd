// A worker's part, where several share a gateway's ports: what it shares with the others over the primary, and when it ends. Limits that protect the
// gateway as a whole (failed logins of an address, connections of a listener) count what happens in all workers.
import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { Json } from "../../base/json.ts";
import { limits } from "../../base/limits.ts";
import type { FailureDelay } from "../../identity/failure-delay.ts";
import type { ConnectionRoom } from "../../pipeline/connection-room.ts";
import type { Ports } from "../../pipeline/ports.ts";
import { handedPorts } from "./handed-ports.ts";
import type { Counts, FailureBook, FromWorker, Gathered, ReportKind, ToWorker } from "./messages.ts";

/** The primary, as a worker reaches it. */
export interface ToPrimary {
  send(message: FromWorker): void;
  onMessage(take: (message: ToWorker, socket?: Socket) => void): void;
}

export interface WorkerSeat {
  /** From 1 to `count`. */
  readonly slot: number;
  readonly count: number;
  /** The configuration's `audit.directory`: all workers' logs are in it, and the legal holds. */
  readonly auditRoot: string;
  /** The others' failures count here, and ours there. */
  shareFailures(book: FailureBook, delay: FailureDelay): FailureDelay;
  /** Room for `max` connections of all workers together on one listener; what others opened in the last moment is not known yet. */
  connectionRoom(place: string, max: number): ConnectionRoom;
  /** The gateway's ports, which the primary holds. */
  readonly ports: Ports;
  /** How this worker answers when somebody asks for the whole gateway. */
  reports(what: ReportKind, report: () => Promise<Json>): void;
  /** What all workers say, this one too. */
  gather(what: ReportKind): Promise<Gathered>;
}

export function takeSeat(
  { slot, count, auditRoot }: Pick<WorkerSeat, "slot" | "count" | "auditRoot">,
  primary: ToPrimary,
  clock: Clock,
): WorkerSeat {
  const failures = new Map<FailureBook, FailureDelay>();
  const reporters = new Map<ReportKind, () => Promise<Json>>();
  const gathers = new Map<number, (gathered: Gathered) => void>();
  const open: Record<string, number> = {};
  let elsewhere: Counts = {};
  let came = 0;
  let telling = false;
  let lastGather = 0;

  /** Not for each connection: at most so often, with the number that holds then. */
  function connectionsChanged(): void {
    if (telling) return;
    telling = true;
    clock.after(limits.workerCountsMs, () => {
      telling = false;
      primary.send({ type: "connections", open: { ...open }, came });
    });
  }

  async function report(id: number, what: ReportKind): Promise<void> {
    const value =
      (await reporters
        .get(what)?.()
        .catch(() => null)) ?? null;
    primary.send({ type: "report", id, value });
  }

  const ports = handedPorts(
    (message) => primary.send(message),
    () => {
      came++;
      connectionsChanged();
    },
  );
  primary.onMessage((message, socket) => {
    if (ports.take(message, socket)) return;
    if (message.type === "login-failed") failures.get(message.book)?.failed(message.address);
    else if (message.type === "connections") elsewhere = message.open;
    else if (message.type === "report") void report(message.id, message.what);
    else if (message.type === "gathered") {
      gathers.get(message.id)?.(message.gathered);
      gathers.delete(message.id);
    }
  });

  return {
    slot,
    count,
    auditRoot,
    ports,
    shareFailures(book, delay) {
      failures.set(book, delay);
      return {
        failed(address) {
          primary.send({ type: "login-failed", book, address });
          return delay.failed(address);
        },
      };
    },
    connectionRoom(place, max) {
      open[place] = 0;
      const add = (change: number) => {
        open[place] = (open[place] ?? 0) + change;
        connectionsChanged();
      };
      return {
        enter() {
          if ((open[place] ?? 0) + (elsewhere[place] ?? 0) >= max) return false;
          add(1);
          return true;
        },
        leave: () => add(-1),
      };
    },
    reports: (what, how) => void reporters.set(what, how),
    gather(what) {
      const id = ++lastGather;
      return new Promise((resolve) => {
        gathers.set(id, resolve);
        primary.send({ type: "gather", id, what });
      });
    },
  };
}
