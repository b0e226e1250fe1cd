// Members of `mask`, `filter` and `record` as policies write them → the rules that travel, with every default filled in. Throws OddAnswer.
// What only masking knows (paths, methods, detectors) is asked of `checks`.
import { type FilterRule, formatNames, type MaskRule, type MethodCall, type RecordPart } from "../model/decision.ts";
import { type PayloadLevel, payloadLevels } from "../model/recording.ts";
import type { AnswerChecks } from "./answer.ts";
import { array, type Fields, object, odd, onlyKeys, text, word } from "./answer-values.ts";

const placeKeys = ["rule", "on", "in", "format", "field", "tag", "detect"];
const maskKeys = [...placeKeys, "method", "otherwise"];
const filterKeys = [...placeKeys, "keep", "hide", "missing"];

export function readMask(item: unknown, checks: AnswerChecks): MaskRule {
  const fields = object(item, "mask");
  onlyKeys(fields, maskKeys, "mask");
  const place = readPlace(fields, "mask");
  const method = readMethod(fields.method);
  const mask: MaskRule = {
    rule: nameOf(fields, place, method.name, "mask"),
    ...place,
    method,
    otherwise: word(fields.otherwise, ["redact", "refuse", "pass"], "mask otherwise"),
  };
  const wrong = checks.mask(mask);
  return wrong === null ? mask : odd(`mask ${mask.rule}: ${wrong}`);
}

export function readFilter(item: unknown, checks: AnswerChecks): FilterRule {
  const fields = object(item, "filter");
  onlyKeys(fields, filterKeys, "filter");
  const place = readPlace(fields, "filter");
  const asked = (["keep", "hide"] as const).filter((key) => fields[key] !== undefined);
  const [action] = asked;
  if (action === undefined || asked.length > 1) odd("filter needs either keep or hide");
  const rule = nameOf(fields, place, action, "filter");
  const values =
    place.detect.length > 0 ? foundOnly(fields, rule) : valuesOf(fields[action], `filter ${rule} ${action}`);
  if (action === "hide" && place.detect.length === 0 && values.length === 0) odd(`filter ${rule} hides nothing`);
  const missing = word(fields.missing, action === "keep" ? ["hide", "keep"] : ["keep", "hide"], "filter missing");
  const filter: FilterRule = { rule, ...place, action, values, missing };
  const wrong = checks.filter(filter);
  return wrong === null ? filter : odd(`filter ${rule}: ${wrong}`);
}

type Place = Omit<MaskRule, "rule" | "method" | "otherwise">;

function readPlace(fields: Fields, what: string): Place {
  const field = fields.field === undefined ? null : text(fields.field, `${what} field`);
  const tag = fields.tag === undefined ? null : text(fields.tag, `${what} tag`);
  if (field !== null && tag !== null) odd(`${what} has both field and tag`);
  const detect = fields.detect === undefined ? [] : namesOf(fields.detect, `${what} detect`);
  const part = partOf(fields.in, what);
  if (part === "value" && field === null && tag === null && detect.length === 0) {
    odd(`${what} has neither field nor tag nor detect ("field": "$" is the whole value)`);
  }
  return {
    on: word(fields.on, ["read", "write"], `${what} on`),
    in: part,
    ...readFormat(fields.format, what),
    field,
    tag,
    detect,
  };
}

/** A name, or an object with a name and options. */
function readFormat(value: unknown, what: string): Pick<Place, "format" | "formatOptions"> {
  const { name, ...formatOptions } = typeof value === "object" ? object(value, `${what} format`) : { name: value };
  return { format: word(name, ["auto", ...formatNames], `${what} format`), formatOptions };
}

function partOf(value: unknown, what: string): RecordPart {
  if (value === undefined || value === "value") return "value";
  if (value === "key" || value === "headers") return value;
  const name = typeof value === "string" && value.startsWith("header:") ? value.slice("header:".length) : "";
  return name === "" ? odd(`${what} in is not "value", "key", "headers" or "header:NAME"`) : `header:${name}`;
}

function readMethod(value: unknown): MethodCall {
  if (typeof value === "string") return { name: text(value, "mask method"), options: {} };
  const { name, ...options } = object(value, "mask method");
  return { name: text(name, "mask method name"), options };
}

/** One name or several. */
function namesOf(value: unknown, what: string): readonly string[] {
  if (typeof value === "string") return [text(value, what)];
  const names = array(value, what).map((name) => text(name, what));
  return names.length === 0 ? odd(`${what} is empty`) : names;
}

/** With detectors there is nothing to compare: what they find is hidden. */
function foundOnly(fields: Fields, rule: string): readonly string[] {
  if (fields.hide !== "found") odd(`filter ${rule}: with detect, write "hide": "found"`);
  if (fields.missing !== undefined) odd(`filter ${rule}: missing says nothing beside detect`);
  return [];
}

/** What a value at the place is compared with. An empty list is one: with keep, nothing is seen. */
function valuesOf(value: unknown, what: string): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.map((each) => {
    if (typeof each === "string") return each;
    if (typeof each === "number" || typeof each === "boolean") return String(each);
    return odd(`${what} is not a text, a number, true or false, or a list of these`);
  });
}

/** `redact $.customer.email`, `hash key`, `redact card-number in header:note`: what events call a rule without a name. */
function nameOf(fields: Fields, place: Place, act: string, what: string): string {
  if (fields.rule !== undefined) return text(fields.rule, `${what} rule`);
  const { field, tag, detect } = place;
  const meant = [...detect, ...(tag === null ? [] : [`tag ${tag}`]), ...(field === null ? [] : [field])].join(" ");
  if (meant === "") return `${act} ${place.in}`;
  return place.in === "value" ? `${act} ${meant}` : `${act} ${meant} in ${place.in}`;
}

/** `{"payloads": "none"}`: how much the recording keeps of what this decides. */
export function readRecord(item: unknown, checks: AnswerChecks): PayloadLevel {
  const fields = object(item, "record");
  onlyKeys(fields, ["payloads"], "record");
  const level = payloadLevels.find((each) => each === fields.payloads);
  if (level === undefined) return odd(`record payloads is not one of ${payloadLevels.join(", ")}`);
  const wrong = checks.record(level);
  if (wrong !== null) odd(`record ${level}: ${wrong}`);
  return level;
}

/** Where several say how much, the least counts: a rule that protects is not undone by one that wants more. */
export function leastRecord(levels: readonly PayloadLevel[]): { readonly record?: PayloadLevel } {
  const record = payloadLevels.find((level) => levels.includes(level));
  return record === undefined ? {} : { record };
}
