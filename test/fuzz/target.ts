// What can be fuzzed: something that takes bytes and says in a few words what it made of them. Whatever it throws is a finding.
import type { Random } from "./random.ts";

export interface FuzzTarget {
  readonly name: string;
  /** What is fuzzed, and what must never happen. */
  readonly what: string;
  start(): Promise<FuzzRun> | FuzzRun;
}

export interface FuzzRun extends AsyncDisposable {
  /** A whole, valid input. */
  sample(random: Random): Buffer;
  /**
   * Runs one input, which may be damaged. What it returns stands for the way that the input took: one that took a new way is kept, and
   * damaged further. Throws where a rule is broken. `random` is for what is no part of the input: how it is cut, when a policy changes.
   */
  run(input: Buffer, random: Random): string | Promise<string>;
}

/** A rule was broken. */
export function finding(what: string): never {
  throw new Error(what);
}

/** Ways differ by their words, not by the numbers in them. */
export function wordsOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error).replaceAll(/-?\d+/g, "#");
}
