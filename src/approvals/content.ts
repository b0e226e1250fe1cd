// What an approval is about as lines of text: `retention.ms: 604800000 → 1000`. Pure; escapes nothing, that is for whoever shows it.
import type { Json, JsonObject } from "../base/json.ts";
import type { Approval } from "../model/approval.ts";

/** The operation's own content, and what it leaves open as it was when people were asked: that is what goes to the broker. */
export function exactlyOf({ operation, bound, elevation }: Approval): JsonObject {
  // a role's name and length are said before
  if (elevation !== null) return {};
  return { ...operation.attributes, ...(Object.keys(bound).length > 0 && { asItIsNow: bound }) };
}

/** Facts but for what stands in `exactlyOf` already, and for what is missing. */
export function touchedOf({ facts, bound }: Approval): JsonObject {
  const { missing: _, ...known } = facts;
  return Object.fromEntries(
    Object.entries(known).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(bound[name])),
  );
}

/** What could not be had of the facts, one sentence each. */
export function missingOf({ facts: { missing } }: Approval): readonly string[] {
  return Array.isArray(missing) ? missing.filter((one: Json) => typeof one === "string") : [];
}

/** One member a line, nested ones indented; lists one item a line. Our own names in words, those further in as they are: they may be anybody's. */
export function describe(values: JsonObject): string[] {
  return linesOf(Object.fromEntries(Object.entries(values).map(([name, value]) => [inWords(name), value])));
}

/** `lastWrite` → `last write`; a name with a dot or a capital first is left alone. */
function inWords(name: string): string {
  return /^[a-z]+([A-Z][a-z]+)+$/.test(name)
    ? name.replaceAll(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
    : name;
}

function linesOf(values: JsonObject): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (isList(value)) {
      const [only] = value;
      if (only !== undefined && value.length === 1) return [`${name}: ${valueText(only)}`];
      return [`${name}:`, ...value.map((item) => `  ${valueText(item)}`)];
    }
    if (isObject(value) && !isChange(value)) return [`${name}:`, ...linesOf(value).map((line) => `  ${line}`)];
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
