// Prints what a client got, one line of JSON a step; see test/clients/compare.ts for what is made of it. It must not interpret.
import { setTimeout as delay } from "node:timers/promises";

function plain(value) {
  if (typeof value === "bigint") return Number(value);
  if (Buffer.isBuffer(value)) return plain(value.toString("utf8"));
  if (typeof value === "string") return value.length > 200 ? `${value.slice(0, 40)}… ${value.length}` : value;
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [String(plain(key)), plain(item)]));
  if (value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Error) return errorText(value);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}

/** The error's own words, and the broker's answers below it. */
function errorText(error) {
  const inner = [...(error.errors ?? []), ...(error.cause === undefined ? [] : [error.cause])];
  const own = [error.code, error.apiId, error.message].filter((part) => part !== undefined).join(": ");
  return inner.length === 0 ? own : `${own} [${inner.map(errorText).join("; ")}]`;
}

export async function step(what, work) {
  let line;
  try {
    line = { step: what, ok: true, value: plain(await within(work(), 25_000)) };
  } catch (error) {
    line = { step: what, ok: false, error: errorText(error) };
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

export async function within(promise, patienceMs) {
  const stop = new AbortController();
  const late = delay(patienceMs, undefined, { signal: stop.signal }).then(() =>
    Promise.reject(new Error("it took too long")),
  );
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}
