// Asks every worker the same question and puts together what they say within a bound of time. A worker that hangs or is being started again
// is named with nothing to say: who looks at metrics or health must learn that, and must not wait for it.
import type { Cancel, Clock } from "../../base/clock.ts";
import type { Json } from "../../base/json.ts";
import { limits } from "../../base/limits.ts";
import type { Gathered, ReportKind, ToWorker, WorkerState } from "./messages.ts";

export interface WorkerFacts extends Pick<WorkerState, "worker" | "pid" | "state" | "restarts"> {
  readonly ask: (message: Extract<ToWorker, { type: "report" }>) => void;
}

interface Round {
  readonly missing: Set<number>;
  readonly reports: Map<number, Json>;
  readonly done: () => void;
}

export class Gathering {
  readonly #clock: Clock;
  readonly #workers: () => readonly WorkerFacts[];
  readonly #rounds = new Map<number, Round>();
  #last = 0;

  constructor(clock: Clock, workers: () => readonly WorkerFacts[]) {
    this.#clock = clock;
    this.#workers = workers;
  }

  /** Never rejects. */
  async ask(what: ReportKind): Promise<Gathered> {
    const id = ++this.#last;
    const asked = this.#workers().filter(({ state }) => state === "serving");
    const { promise, resolve } = Promise.withResolvers<void>();
    const round: Round = {
      missing: new Set(asked.map(({ worker }) => worker)),
      reports: new Map(),
      done: resolve,
    };
    this.#rounds.set(id, round);
    const cancel: Cancel = this.#clock.after(limits.workerReportMsMax, resolve);
    for (const { ask } of asked) ask({ type: "report", id, what });
    if (asked.length === 0) resolve();
    await promise;
    cancel();
    this.#rounds.delete(id);
    return {
      workers: this.#workers().map(({ worker, pid, state, restarts }) => {
        const report = round.reports.get(worker) ?? null;
        return { worker, pid, state: state === "serving" && report === null ? "none" : state, restarts, report };
      }),
    };
  }

  take(slot: number, id: number, value: Json): void {
    const round = this.#rounds.get(id);
    if (!round?.missing.has(slot)) return;
    round.reports.set(slot, value);
    this.#drop(round, slot);
  }

  /** It died: nobody waits for it. */
  left(slot: number): void {
    for (const round of this.#rounds.values()) this.#drop(round, slot);
  }

  #drop(round: Round, slot: number): void {
    round.missing.delete(slot);
    if (round.missing.size === 0) round.done();
  }
}
