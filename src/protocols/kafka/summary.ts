// Decoded messages as JSON for recordings: numbers beyond JSON's as text, bytes as their size. Never the bytes themselves.
import type { Json } from "../../base/json.ts";

export function toJson(value: unknown): Json {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return typeof value === "object" && value !== null ? objectToJson(value) : null;
}

function objectToJson(value: object): Json {
  if (value instanceof Uint8Array) return { bytes: value.length };
  if (Array.isArray(value)) return value.map(toJson);
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, toJson(it)]));
}
