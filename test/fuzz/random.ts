// Random numbers from a seed: the same seed gives the same case, on any machine. Source: the splitmix32 generator.

export interface Random {
  /** A whole number from 0 up to and without `below`. */
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
  bytes(length: number): Buffer;
  /** True once in `n`. */
  oneIn(n: number): boolean;
}

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const int = (below: number): number => Math.floor((next() / 0x1_0000_0000) * below);
  return {
    int,
    pick: (from) => from[int(from.length)] as (typeof from)[number],
    bytes: (length) => Buffer.from(Array.from({ length }, () => int(256))),
    oneIn: (n) => int(n) === 0,
  };
}
