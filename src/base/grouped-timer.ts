// Timers of one length for very many owners, as one: what falls due within a few milliseconds runs together, so that what it writes goes to the disk
// together. Never early; late by `groupMs` at most.
import type { Cancel, Clock } from "./clock.ts";

interface Waiting {
  readonly dueAt: number;
  /** Null once it ran or was cancelled. */
  run: (() => void) | null;
}

export class GroupedTimer {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #groupMs: number;
  /** In the order in which they fall due, since all wait as long. */
  #waiting: Waiting[] = [];
  #armed = false;

  constructor(clock: Clock, delayMs: number, groupMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#groupMs = groupMs;
  }

  /** Calls `run` once, `delayMs` from now or a little later. It must not throw. */
  after(run: () => void): Cancel {
    const waiting: Waiting = { dueAt: this.#clock.monotonic() + this.#delayMs, run };
    this.#waiting.push(waiting);
    if (!this.#armed) this.#arm(this.#delayMs);
    return () => {
      waiting.run = null;
    };
  }

  #arm(delayMs: number): void {
    this.#armed = true;
    this.#clock.after(delayMs, () => this.#due());
  }

  #due(): void {
    const now = this.#clock.monotonic();
    // Node's timers may be a fraction of a millisecond early by this clock
    const isDue = ({ dueAt, run }: Waiting) => run === null || dueAt <= now + 1;
    const next = this.#waiting.findIndex((each) => !isDue(each));
    const due = next < 0 ? this.#waiting : this.#waiting.slice(0, next);
    this.#waiting = next < 0 ? [] : this.#waiting.slice(next);
    for (const each of due) {
      each.run?.();
      each.run = null;
    }
    // not before: one that is started by these is not the first that falls due
    this.#armed = false;
    const [head] = this.#waiting;
    if (head) this.#arm(Math.max(this.#groupMs, head.dueAt - now));
  }
}
