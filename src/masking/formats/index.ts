// The formats that rules can name, in the order in which `auto` asks them. To add one: a file here that implements ValueFormat, and a place
// in this list.
import type { FormatName } from "../../model/decision.ts";
import { avroFormat } from "./avro.ts";
import { csv } from "./csv.ts";
import type { ValueFormat } from "./format.ts";
import type { FramedParts } from "./framed.ts";
import { json } from "./json.ts";
import { registeredJsonFormat } from "./json-registered.ts";
import { logfmt } from "./logfmt.ts";
import { protobufFormat } from "./protobuf.ts";
import { text } from "./text.ts";

export const formats: readonly ValueFormat[] = [json, csv, logfmt, text];

/**
 * All of them for one cluster: those with schemas ask its registry, and are asked first, since what names a schema is nothing else. Without a
 * registry such records are unreadable.
 */
export function formatsWith(parts: FramedParts): readonly ValueFormat[] {
  const others = formats.map((format) => (format === json ? registeredJsonFormat(parts) : format));
  return [avroFormat(parts), protobufFormat(parts), ...others];
}

/** The format of that name, or null. */
export function formatNamed(name: FormatName): ValueFormat | null {
  return formats.find((format) => format.name === name) ?? null;
}
