// What a masking method is: a value in, a value of the same kind out. Methods know no format and no protocol.
import type { z } from "zod";
import type { MaskKey } from "./keys.ts";
import type { Found, Replacement } from "./scalar.ts";

export interface MaskMethod<Options = unknown> {
  /** The name that policies use. */
  readonly name: string;
  /**
   * True when equal inputs give equal outputs and different ones different outputs (but for a collision nobody meets): joins and compacted
   * keys keep working. Only such methods may change keys of records.
   */
  readonly deterministic: boolean;
  /**
   * How much of a value it lets through: 0 nothing, 1 whether two values are equal, 2 about how large it is, 3 a part of it. Where several
   * rules mean one value, the one that shows least wins.
   */
  readonly shows: 0 | 1 | 2 | 3;
  /** The option `key` of every such method names a key of the configuration; `prepare` gets it. */
  readonly keyed: boolean;
  /** What stands beside `name` in a policy's `method`, defaults included; strict. `key` is not in it. */
  readonly options: z.ZodType<Options>;
  /** `key` is null exactly where `keyed` is false. Throws LockkeeperError `policy-invalid`. */
  prepare(options: Options, key: MaskKey | null): ReadyMethod;
}

export interface ReadyMethod {
  /** The replacement where it is the same whatever the value; formats need not decode then. Null otherwise. */
  readonly constant: Replacement | null;
  /**
   * Never throws, and never gives the input back: what a method cannot work on (a whole object, a text that is no date) is `redacted`.
   * Prefers the kind of its input, since typed formats take no other.
   */
  apply(value: Found): Replacement;
}
