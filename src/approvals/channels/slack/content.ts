// Attributes and facts as lines of text: `retention.ms: 604800000 → 1000`. Pure; escapes nothing, that is codeBlock's.
import type { Json, JsonObject } from "../../../base/json.ts";

/** One member a line, nested ones indented; lists one item a line. */
export function describe(values: JsonObject): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (isList(value)) {
      const [only] = value;
      if (only !== undefined && value.length === 1) return [`${name}: ${valueText(only)}`];
      return [`${name}:`, ...value.map((item) => `  ${valueText(item)}`)];
    }
    if (isObject(value) && !isChange(value)) return [`${name}:`, ...describe(value).map((line) => `  ${line}`)];
    return [`${name}: ${valueText(value)}`];
  });
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function valueText(value: Json): string {
  if (typeof value === "string") return value;
  if (!isObject(value)) return JSON.stringify(value);
  if (isChange(value)) return `${valueText(value["old"] ?? null)} → ${valueText(value["new"] ?? null)}`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return members.map(([name, member]) => `${name}: ${valueText(member ?? null)}`).join(", ");
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isChange(value: JsonObject): boolean {
  const names = Object.keys(value);
  return names.length === 2 && "old" in value && "new" in value;
}
