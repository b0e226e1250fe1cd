// JSON: each place is replaced in the text itself, so that the order of members, white space, spelling and duplicates of the rest stay.
import { assertNever } from "../../base/assert.ts";
import { scratchFor } from "../../base/scratch.ts";
import type { Action } from "../action.ts";
import type { MatchState } from "../matcher.ts";
import { type Found, type Replacement, redactedText } from "../scalar.ts";
import { type Editor, unreadable, type ValueFormat } from "./format.ts";
import { decoded, JsonFinder, type JsonPlace, nowhere } from "./json-finder.ts";
import { memberCut } from "./json-member.ts";
import { code } from "./json-text.ts";
import { Splices } from "./splices.ts";

export const json: ValueFormat = {
  name: "json",
  finds: { fields: true, tags: false },
  claims: (source) => beginsJson(source),
  editor: (root) => new JsonEditor(root),
};

/** What begins like JSON is JSON or unreadable, never something else: a text in which a detector would miss what is escaped. */
const beginning = /^(?:\xef\xbb\xbf)?[ \t\r\n]*(?:[[{"]|(?:-?\d[-+.eE\d]*|true|false|null)[ \t\r\n]*$)/;

function beginsJson(source: Uint8Array): boolean {
  const first = source[0]!;
  if (first === code.openObject || first === code.openArray) return true;
  return beginning.test(Buffer.from(source.buffer, source.byteOffset, source.length).toString("latin1"));
}

const composite: Found = { kind: "composite" };
const redactedJson = Buffer.from(JSON.stringify(redactedText));
const nullJson = Buffer.from("null");

class JsonEditor implements Editor {
  private readonly finder: JsonFinder;
  private readonly constants = new Map<Action, Buffer | null>();
  private scratch: Buffer = Buffer.alloc(0);

  constructor(root: MatchState) {
    this.finder = new JsonFinder(root);
  }

  edit(source: Uint8Array): Uint8Array | null | typeof unreadable {
    const places = this.finder.find(source);
    if (places === null) return unreadable;
    if (places.length === 0) return null;
    const splices = new Splices<Buffer>();
    for (const place of places) this.editPlace(place, splices);
    return splices.bytesOf(this.finder.text, source.length, this.room);
  }

  /** The same memory for every edit: fresh buffers make V8 collect, and an edit is used up before the next one. */
  private readonly room = (bytes: number): Buffer => {
    this.scratch = scratchFor(bytes, this.scratch);
    return this.scratch.subarray(0, bytes);
  };

  private editPlace(place: JsonPlace, splices: Splices<Buffer>): void {
    const { action, start, end } = place;
    if (action.constant !== null) {
      action.apply(composite, "");
      const bytes = this.constantBytes(action, action.constant);
      if (bytes !== null) splices.replace(start, end, bytes);
      else this.remove(place, splices);
      return;
    }
    const replacement = action.apply(this.read(start, end), action.wantsName ? this.name(place) : "");
    if (replacement === null) return;
    if (replacement.kind === "removed") this.remove(place, splices);
    else splices.replace(start, end, written(replacement));
  }

  /** A member goes with its name and one comma; an element of a list, or the value as a whole, cannot go and becomes null. */
  private remove({ start, end, memberStart }: JsonPlace, splices: Splices<Buffer>): void {
    if (memberStart === nowhere) return splices.replace(start, end, nullJson);
    splices.cut(memberCut(this.finder.text, memberStart, end, splices.end));
  }

  private constantBytes(action: Action, constant: Replacement): Buffer | null {
    let bytes = this.constants.get(action);
    if (bytes === undefined) {
      bytes = constant.kind === "removed" ? null : written(constant);
      this.constants.set(action, bytes);
    }
    return bytes;
  }

  private name({ nameStart, nameEnd }: JsonPlace): string {
    return nameStart === nowhere ? "" : decoded(this.finder.text, nameStart, nameEnd);
  }

  private read(start: number, end: number): Found {
    const { text } = this.finder;
    switch (text[start]!) {
      case code.quote:
        return { kind: "text", text: decoded(text, start, end) };
      case code.openObject:
      case code.openArray:
        return composite;
      case 0x74:
        return { kind: "boolean", value: true };
      case 0x66:
        return { kind: "boolean", value: false };
      case 0x6e:
        return { kind: "null" };
      default:
        return { kind: "number", text: Buffer.from(text.subarray(start, end)).toString("latin1"), typed: false };
    }
  }
}

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function written(replacement: Exclude<Replacement, { kind: "removed" }>): Buffer {
  switch (replacement.kind) {
    case "text":
      return Buffer.from(JSON.stringify(replacement.text));
    case "number":
      return number.test(replacement.text) ? Buffer.from(replacement.text) : redactedJson;
    case "integer":
      return Buffer.from(replacement.value.toString());
    case "boolean":
      return Buffer.from(String(replacement.value));
    case "null":
      return nullJson;
    case "bytes":
    case "enum":
    case "time":
    case "redacted":
      return redactedJson; // kinds that JSON does not have
  }
  return assertNever(replacement);
}
