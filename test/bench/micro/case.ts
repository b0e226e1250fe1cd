// One micro-benchmark: what is run, and how much of what is counted that is.

export interface Case {
  /** `codec: Produce, decoded` */
  readonly name: string;
  /** What one figure is about: a message, a decision, an event. */
  readonly unit: string;
  /** Of them in one call of `run`; small things are done many at a time, since looking at the clock costs as much as they do. 1 if not given. */
  readonly each?: number;
  /** Microseconds that one may take, where the issue says so. */
  readonly limit?: number;
  readonly run: () => void | Promise<void>;
}

export interface Cases {
  readonly cases: readonly Case[];
  readonly close?: () => Promise<void>;
}
