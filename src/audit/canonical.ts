// Canonical JSON of free-form parts: keys sorted, bigint as strings, undefined left out; and the visible cut of what is too large.
// An entry of the log has 65,535 bytes at most: what does not fit is replaced by its beginning, its size and its SHA-256, never dropped.
import { hash } from "node:crypto";
import type { Json } from "../base/json.ts";

const headCharacters = 120;

export function canonical(value: unknown): Json {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object") return null;
  // A class that says how it is serialised (Sensitive) keeps that right.
  if ("toJSON" in value && typeof value.toJSON === "function") return canonical(value.toJSON());
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // fromEntries, not assignment: a key such as `__proto__` stays an ordinary key.
  return Object.fromEntries(entries.map(([key, each]) => [key, canonical(each)]));
}

/** Parts as they enter an event; each may be cut. */
export interface Cutter {
  /** Any JSON. One that is too large becomes `{truncated: true, bytes, sha256, head}`; the hash is of its canonical JSON. */
  json(value: unknown): Json;
  text(value: string): string;
  /** True once anything was cut. */
  readonly cut: boolean;
}

/** `partBytesMax` may be Infinity. */
export function createCutter(partBytesMax: number): Cutter {
  let cut = false;
  return {
    json(value) {
      const whole = canonical(value);
      if (partBytesMax === Number.POSITIVE_INFINITY) return whole;
      const source = JSON.stringify(whole);
      const bytes = Buffer.byteLength(source);
      if (bytes <= partBytesMax) return whole;
      cut = true;
      return { truncated: true, bytes, sha256: hash("sha256", source), head: source.slice(0, headCharacters) };
    },
    text(value) {
      // A text of control characters grows six-fold as JSON: what counts is the size as it will be written.
      if (value.length * 6 <= partBytesMax || Buffer.byteLength(JSON.stringify(value)) <= partBytesMax) return value;
      cut = true;
      const bytes = Buffer.byteLength(value);
      return `${value.slice(0, headCharacters)}… [truncated: ${bytes} bytes, sha256 ${hash("sha256", value)}]`;
    },
    get cut() {
      return cut;
    },
  };
}
