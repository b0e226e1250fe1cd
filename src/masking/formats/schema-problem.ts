// A schema that cannot be used, or bytes that are not what their schema says. Both make a record unreadable and never leave a format.

/** The message is about the schema, which anybody may read; never about data. */
export class SchemaProblem extends Error {
  override readonly name = "SchemaProblem";
}

/** Thrown and caught within one value. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

export function malformed(what: string): Malformed {
  return new Malformed(what);
}
