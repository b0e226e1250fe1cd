// A policy that is ready to run, however it came about: compiled here, by an `opa` program, or read from a bundle.
import type { JsonObject } from "../base/json.ts";

export interface CompiledPolicy {
  readonly wasm: Uint8Array;
  readonly data: JsonObject;
  /** Hash of sources, data, prelude and compiler; or the bundle's own. */
  readonly revision: string;
  /** Policy files without tests. */
  readonly files: number;
  /** Tests that passed. */
  readonly tests: number;
  /** The constant beginning of each reference to input, [] for all of it; null where nobody knows, and then nothing is cached. */
  readonly inputs: readonly (readonly string[])[] | null;
}
