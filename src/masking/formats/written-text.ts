// A replacement as the text formats write it, before their own quoting.
import { assertNever } from "../../base/assert.ts";
import { type Replacement, redactedText } from "../scalar.ts";

/** `nothing` stands for null, and for what cannot go. */
export function writtenText(replacement: Replacement, nothing: string): string {
  switch (replacement.kind) {
    case "text":
    case "number":
      return replacement.text;
    case "integer":
    case "boolean":
      return String(replacement.value);
    case "null":
    case "removed":
      return nothing;
    case "bytes":
    case "enum":
    case "time":
    case "redacted":
      return redactedText;
  }
  return assertNever(replacement);
}
