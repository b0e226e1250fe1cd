// Assertions are for bugs of ours, never for bad input: bad input gets a LockkeeperError or a denial.

/** Ends a `switch` over a union: a new member that was forgotten does not compile, and at run time is refused. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
