// The formats that rules can name, in the order in which `auto` asks them. To add one: a file here that implements ValueFormat, and a place
// in this list.
import type { FormatName } from "../../model/decision.ts";
import { csv } from "./csv.ts";
import type { ValueFormat } from "./format.ts";
import { json } from "./json.ts";
import { logfmt } from "./logfmt.ts";
import { text } from "./text.ts";

export const formats: readonly ValueFormat[] = [json, csv, logfmt, text];

/** The format of that name, or null. */
export function formatNamed(name: FormatName): ValueFormat | null {
  return formats.find((format) => format.name === name) ?? null;
}
