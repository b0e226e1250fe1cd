// What is to be done at one place of a value: the contract between formats, which find places, and rules, which say what becomes of them.
import type { Found, Replacement } from "./scalar.ts";

export interface Action {
  /** It takes objects, lists, maps and messages as a whole. Otherwise only scalars: a format asks at every one below. */
  readonly whole: boolean;
  /** Not null: what `apply` gives whatever the value, which then need not be decoded (`composite` may be passed for anything). */
  readonly constant: Replacement | null;
  /** `apply` looks at the name; where false, "" does. */
  readonly wantsName: boolean;
  /** What takes the value's place; null where it stays. Counts. `name` is that of the nearest field above, "" where there is none. */
  apply(value: Found, name: string): Replacement | null;
}
