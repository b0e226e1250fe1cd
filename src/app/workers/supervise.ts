// The primary's part, where several workers share a gateway's ports: it starts them, starts one that died again with back-off, passes on what all must
// know, gathers what they say when somebody asks for the whole, and ends them together. It serves nobody, opens no log and reads no request; how
// a process is made comes in from outside (fork.ts), so that this can be tried without any.
import type { Socket } from "node:net";
import { assertNever } from "../../base/assert.ts";
import type { Cancel, Clock } from "../../base/clock.ts";
import { LockkeeperError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { Log } from "../../base/log.ts";
import { ConnectionBook } from "./connection-book.ts";
import { FrontDoor } from "./front-door.ts";
import { Gathering, type WorkerFacts } from "./gathering.ts";
import type { FromWorker, ListenerAddress, ToWorker } from "./messages.ts";

export interface WorkerProcess {
  readonly pid: number;
  /** A socket that is sent is the worker's from then on; `sent` says when, or why it is not. */
  send(message: ToWorker, socket?: Socket, sent?: (error: Error | null) => void): void;
  kill(): void;
  onMessage(take: (message: FromWorker) => void): void;
  /** Once, however it ends. */
  onExit(ended: (reason: string) => void): void;
}

export interface SuperviseOptions {
  readonly count: number;
  readonly fork: (slot: number) => WorkerProcess;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Workers {
  /** Every worker serves. Rejects when one ended before that, and all are stopped then: what it said on standard error is why. */
  readonly started: Promise<{ readonly listeners: readonly ListenerAddress[]; readonly control: string }>;
  /** Every worker has reached its clusters. */
  readonly ready: Promise<void>;
  /** Each drains; one that does not end in time is killed. Resolves when none is left. */
  stop(): Promise<void>;
}

const backoffMsMin = 500;
const backoffMsMax = 30_000;
/** A worker that lived so long was well; its next end starts the back-off anew. */
const wellMs = 60_000;

interface Seat {
  readonly slot: number;
  process: WorkerProcess | null;
  /** Null until it serves. */
  serving: Extract<FromWorker, { type: "started" }> | null;
  wasReady: boolean;
  startedAt: number;
  backoffMs: number;
  restarts: number;
  cancelRestart: Cancel | null;
}

export function superviseWorkers({ count, fork, clock, log }: SuperviseOptions): Workers {
  const seats = Array.from({ length: count }, (_, at): Seat => newSeat(at + 1));
  const started = Promise.withResolvers<{ readonly listeners: readonly ListenerAddress[]; readonly control: string }>();
  const ready = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const connections = new ConnectionBook();
  const door = new FrontDoor((slot) => ({
    load: () => connections.of(slot),
    hand(key, socket, done) {
      const process = seats[slot - 1]?.process;
      if (!process) return done(new LockkeeperError("setup-failed", "the worker has ended"));
      connections.handed(slot);
      process.send({ type: "connection", key }, socket, (error) => {
        if (error && seats[slot - 1]?.process === process) connections.lost(slot);
        done(error);
      });
    },
  }));
  const gathering = new Gathering(clock, () => seats.map(factsOf));
  let allStarted = false;
  let stopping = false;
  ready.promise.catch(() => {});

  function start(seat: Seat): void {
    seat.startedAt = clock.monotonic();
    const process = fork(seat.slot);
    seat.process = process;
    process.onMessage((message) => seat.process === process && take(seat, process, message));
    process.onExit((reason) => seat.process === process && ended(seat, process.pid, reason));
    if (stopping) process.send({ type: "stop" });
  }

  function take(seat: Seat, process: WorkerProcess, message: FromWorker): void {
    switch (message.type) {
      case "started":
        seat.serving = message;
        return serves(seat);
      case "ready":
        seat.wasReady = true;
        if (seats.every(({ wasReady }) => wasReady)) ready.resolve();
        return;
      case "login-failed":
        return tellOthers(seat, () => message);
      case "connections":
        connections.set(seat.slot, message.open, message.came);
        return tellConnections(seat);
      case "open-port":
        void openPort(seat, process, message);
        return;
      case "close-port":
        return door.close(seat.slot, message.key);
      case "gather":
        void gathering.ask(message.what).then((gathered) => {
          process.send({ type: "gathered", id: message.id, gathered });
        });
        return;
      case "report":
        return gathering.take(seat.slot, message.id, message.value);
      default:
        return assertNever(message);
    }
  }

  async function openPort(seat: Seat, process: WorkerProcess, asked: Extract<FromWorker, { type: "open-port" }>) {
    const { key, host, port } = asked;
    try {
      process.send({ type: "port-open", key, port: await door.open(seat.slot, key, host, port) });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      process.send({ type: "port-refused", key, code: code ?? message });
    }
    // it may have died meanwhile
    if (seat.process !== process) door.close(seat.slot, key);
  }

  /** The first worker makes what is made at a first start (keys, folders) and finds what is wrong; then the others come. */
  function serves(seat: Seat): void {
    seat.process?.send({ type: "connections", open: connections.elsewhere(seat.slot) });
    if (allStarted) return;
    if (seat.slot === 1) for (const other of seats) if (other.process === null) start(other);
    const [first] = seats;
    if (!first?.serving || !seats.every(({ serving }) => serving)) return;
    allStarted = true;
    started.resolve(first.serving);
  }

  function ended(seat: Seat, pid: number, reason: string): void {
    seat.process = null;
    seat.serving = null;
    door.left(seat.slot);
    gathering.left(seat.slot);
    connections.left(seat.slot);
    tellConnections(seat);
    if (stopping) return seesWhoIsLeft();
    if (!allStarted) {
      started.reject(new LockkeeperError("setup-failed", `worker ${seat.slot} could not start (${reason})`));
      void stop();
      return;
    }
    if (clock.monotonic() - seat.startedAt > wellMs) seat.backoffMs = backoffMsMin;
    log.error(
      { worker: seat.slot, pid, reason, durationMs: seat.backoffMs },
      "a worker died; it is started again, and the others serve meanwhile",
    );
    seat.cancelRestart = clock.after(seat.backoffMs, () => {
      seat.restarts++;
      start(seat);
    });
    seat.backoffMs = Math.min(seat.backoffMs * 2, backoffMsMax);
  }

  function tellOthers(than: Seat, message: (other: Seat) => ToWorker): void {
    for (const other of seats) if (other !== than && other.serving) other.process?.send(message(other));
  }

  function tellConnections(changed: Seat): void {
    tellOthers(changed, ({ slot }) => ({ type: "connections", open: connections.elsewhere(slot) }));
  }

  function seesWhoIsLeft(): void {
    if (seats.every(({ process }) => process === null)) gone.resolve();
  }

  async function stop(): Promise<void> {
    if (!stopping) {
      stopping = true;
      for (const { process, cancelRestart } of seats) {
        cancelRestart?.();
        process?.send({ type: "stop" });
      }
    }
    const cancel = clock.after(limits.workerStopMsMax, () => {
      for (const { process, slot } of seats) {
        if (process === null) continue;
        log.error({ worker: slot, pid: process.pid }, "a worker did not end in time: it is killed");
        process.kill();
      }
    });
    seesWhoIsLeft();
    await gone.promise;
    cancel();
  }

  const [first] = seats;
  if (first) start(first);
  return { started: started.promise, ready: ready.promise, stop };
}

function newSeat(slot: number): Seat {
  return {
    slot,
    process: null,
    serving: null,
    wasReady: false,
    startedAt: 0,
    backoffMs: backoffMsMin,
    restarts: 0,
    cancelRestart: null,
  };
}

function factsOf({ slot, process, serving, restarts }: Seat): WorkerFacts {
  const state = process === null ? "none" : serving ? "serving" : "starting";
  const ask: WorkerFacts["ask"] = (message) => process?.send(message);
  return { worker: slot, pid: process?.pid ?? null, state, restarts, ask };
}
