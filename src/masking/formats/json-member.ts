// What goes when a member goes from an object: its name, its value and exactly one comma, whatever went before it and comes after it.
import { code } from "./json-text.ts";
import type { Range } from "./splices.ts";

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * `name` is where the member's name begins and `end` where its value ends, in a text that is JSON. `done`: everything before it is edited
 * already. Where a member stays before it, the comma between them goes along; where none does, the comma behind it, up to the next name.
 */
export function memberCut(text: Uint8Array, name: number, end: number, done: number): Range {
  let before = name;
  while (before > done && isSpace(text[before - 1])) before--;
  // A comma before `done` went with the member before, which was the first.
  if (before > done && text[before - 1] === code.comma) return { start: before - 1, end };
  let after = end;
  while (isSpace(text[after])) after++;
  if (text[after] !== code.comma) return { start: name, end };
  after++;
  while (isSpace(text[after])) after++;
  return { start: name, end: after };
}
