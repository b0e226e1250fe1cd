// Time comes in from outside: code asks a Clock, tests hand in their own. Nothing else reads Date or sets a timer.

export interface Cancel {
  (): void;
}

export interface Clock {
  /** Milliseconds since 1970 (wall clock; may jump). For time stamps that people and tokens see. */
  now(): number;
  /** Milliseconds from an arbitrary start; never runs backwards. For measuring and waiting. */
  monotonic(): number;
  /** Calls `run` once after `delayMs`. The timer never keeps the process alive. */
  after(delayMs: number, run: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
