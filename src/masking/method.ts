// What a masking method is: a value in, a value of the same kind out. Methods know no format and no protocol.

export interface MaskMethod {
  /** The name that policies use. */
  readonly name: string;
  /** True when equal inputs give equal outputs: joins and compacted keys keep working. */
  readonly deterministic: boolean;
  /** JSON text of the replacement for a JSON value given as its exact source text. Never throws; never contains the input. */
  json(source: Uint8Array): Uint8Array;
  /** Replacement for a value that could not be parsed at all. */
  whole(source: Uint8Array): Uint8Array;
}
