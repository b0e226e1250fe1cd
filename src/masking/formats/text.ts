// Plain text: the part as a whole. It has no fields, so rules either take all of it or let detectors look through it. Bytes that are no
// UTF-8 can be taken whole only: a detector that cannot read them must not say that there was nothing.
import { isUtf8 } from "node:buffer";
import type { MatchState } from "../matcher.ts";
import { type Found, type Replacement, redactedText } from "../scalar.ts";
import { type Editor, unreadable, type ValueFormat } from "./format.ts";
import { writtenText } from "./written-text.ts";

export const text: ValueFormat = {
  name: "text",
  finds: { fields: false, tags: false },
  claims: isPlainText,
  editor: (root) => ({ edit: (source) => edit(source, root) }),
};

/** Control characters other than tab and line ends speak of another format, UTF-16 among them. */
// oxlint-disable-next-line no-control-regex -- it is what is looked for
const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

function isPlainText(source: Uint8Array): boolean {
  return (
    isUtf8(source) && !control.test(Buffer.from(source.buffer, source.byteOffset, source.length).toString("latin1"))
  );
}

function edit(source: Uint8Array, { action }: MatchState): ReturnType<Editor["edit"]> {
  if (action === null) return null;
  const readable = isUtf8(source);
  if (!readable && !action.whole) return unreadable;
  const found: Found = readable
    ? { kind: "text", text: Buffer.from(source).toString() }
    : { kind: "bytes", bytes: source, fixed: false };
  const replacement = action.apply(found, "");
  return replacement === null ? null : written(replacement);
}

/** There is no null in a text, and a part of a record cannot go: what asks for either is redacted. */
function written(replacement: Replacement): Buffer {
  return Buffer.from(replacement.kind === "bytes" ? replacement.bytes : writtenText(replacement, redactedText));
}
