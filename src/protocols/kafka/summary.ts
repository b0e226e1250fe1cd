// Decoded messages as JSON for recordings: numbers beyond JSON's as text, bytes as their size. Never the bytes themselves.
import type { Json } from "../../base/json.ts";

export function toJson(value: unknown): Json {
  switch (typeof value) {
    case "bigint":
      return value.toString();
    case "string":
    case "number":
    case "boolean":
      return value;
    case "object":
      return value === null ? null : objectToJson(value);
    default:
      return null;
  }
}

function objectToJson(value: object): Json {
  if (value instanceof Uint8Array) return { bytes: value.length };
  if (Array.isArray(value)) return value.map(toJson);
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, toJson(it)]));
}
