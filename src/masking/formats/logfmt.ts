// logfmt: `level=info user=jane msg="two words"`, one line or many. Strict, as go-logfmt reads it: a value with a space, quote or equals sign stands
// in quotes, with JSON's escapes; whatever else a lenient reader might take is not logfmt. Source: brandur.org/logfmt, github.com/go-logfmt/logfmt.
import { isUtf8 } from "node:buffer";
import type { MatchState } from "../matcher.ts";
import type { Replacement } from "../scalar.ts";
import { type Editor, unreadable, type ValueFormat } from "./format.ts";
import { Splices } from "./splices.ts";
import { writtenText } from "./written-text.ts";

export const logfmt: ValueFormat = {
  name: "logfmt",
  finds: { fields: true, tags: false },
  claims: () => false, // any text without equals signs would be a row of flags
  editor: (root) => ({ edit: (source) => edit(source, root) }),
};

/** White space, then a name, then perhaps a value. */
const pair =
  /([ \t\r\n]*)([^\s\p{Cc}="]+)(?:(=)("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|[^\s\p{Cc}="]*))?(?=[ \t\r\n]|$)/uy;
const space = /[ \t\r\n]*$/y;

function edit(source: Uint8Array, root: MatchState): ReturnType<Editor["edit"]> {
  if (!isUtf8(source)) return unreadable;
  const text = Buffer.from(source).toString();
  const splices = new Splices<string>();
  let at = 0;
  for (pair.lastIndex = 0; ; pair.lastIndex = at) {
    const found = pair.exec(text);
    if (found === null) break;
    const [all, before = "", name = "", equals, raw = ""] = found;
    const nameAt = at + before.length;
    at += all.length;
    // A name alone is a flag: there is no value to mask.
    if (equals !== undefined) editPair({ name, nameAt, raw, end: at, text }, root, splices);
  }
  space.lastIndex = at;
  if (!space.test(text)) return unreadable;
  const edited = splices.textOf(text);
  return edited === null ? null : Buffer.from(edited);
}

interface Pair {
  readonly name: string;
  readonly nameAt: number;
  /** The value as it is spelled, quotes included. */
  readonly raw: string;
  readonly end: number;
  readonly text: string;
}

function editPair({ name, nameAt, raw, end, text }: Pair, root: MatchState, splices: Splices<string>): void {
  const value = raw.startsWith('"') ? String(JSON.parse(raw)) : raw;
  const replacement = root.memberNamed(name).action?.apply({ kind: "text", text: value }, name) ?? null;
  if (replacement === null) return;
  if (replacement.kind === "removed") splices.cut({ start: nameAt, end: afterSpace(text, end) });
  else splices.replace(end - raw.length, end, written(replacement));
}

/** A pair goes with the space behind it, which would otherwise stand twice; a line's end stays. */
function afterSpace(text: string, end: number): number {
  return text[end] === " " || text[end] === "\t" ? end + 1 : end;
}

/** A text in quotes where it needs them; `[redacted]` needs none. */
function written(replacement: Replacement): string {
  const text = writtenText(replacement, "");
  return replacement.kind !== "text" || /^[^\s\p{Cc}="\\]+$/u.test(text) ? text : JSON.stringify(text);
}
