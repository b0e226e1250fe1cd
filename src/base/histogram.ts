// A histogram that costs a loop over a dozen numbers and allocates nothing. What shows it to the world is elsewhere (control/metrics.ts).

/** Upper bounds in seconds, from what a cached decision takes to what a long poll takes. */
export const secondsBounds: readonly number[] = [
  0.000_01, 0.000_05, 0.000_25, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30,
];

export class Histogram {
  /** Ascending; the last class, beyond them, has none. */
  readonly bounds: readonly number[];
  /** How many values fell into each class; one more than there are bounds. */
  readonly classes: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[] = secondsBounds) {
    this.bounds = bounds;
    this.classes = new Float64Array(bounds.length + 1);
  }

  note(value: number): void {
    const { bounds, classes } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at++;
    classes[at] = (classes[at] ?? 0) + 1;
    this.sum += value;
  }
}
