// What a labelled sample is, and the seeded chance that the generated ones are made of.

export interface Sample {
  readonly text: string;
  readonly field: string;
  /** By detector, what it has to find; a detector that is not named must find nothing. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

export interface Chance {
  /** 0 to `below` − 1. */
  under(below: number): number;
  of<T>(list: readonly T[]): T;
  digits(count: number): string;
  chars(alphabet: string, count: number): string;
}

/** The same for the same seed, on every machine (mulberry32). */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const under = (below: number): number => Math.floor(next() * below);
  const chars = (alphabet: string, count: number): string =>
    Array.from({ length: count }, () => alphabet[under(alphabet.length)]!).join("");
  return {
    under,
    of: <T>(list: readonly T[]) => list[under(list.length)]!,
    digits: (count) => chars("0123456789", count),
    chars,
  };
}
