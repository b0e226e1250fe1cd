// Waiting in tests: for a promise that a test settles, or for a condition, always with a deadline and never for a fixed time.
import { setTimeout as delay } from "node:timers/promises";

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function deferred<T = void>(): Deferred<T> {
  return Promise.withResolvers<T>();
}

/**
 * Calls `probe` until it neither throws nor returns undefined or false, and returns what it returned.
 * After `deadlineMs` (15 s) it fails with what the last call said.
 */
export async function eventually<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: { readonly deadlineMs?: number; readonly what?: string } = {},
): Promise<T> {
  const deadlineMs = options.deadlineMs ?? 15_000;
  const end = performance.now() + deadlineMs;
  let last: unknown;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 250)) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`${options.what ?? "the condition"} did not come true in ${deadlineMs} ms`, { cause: last });
    }
    await delay(pauseMs);
  }
}
