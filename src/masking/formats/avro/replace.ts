// What takes a value's place in a field of a given type, as bytes with the union's branch before it: always valid for the field, whatever the
// method wanted. Where the value's own branch does not take it, another one may.
import { type Replacement, redactedText } from "../../scalar.ts";
import { SchemaProblem } from "../schema-problem.ts";
import { encodeLong } from "./cursor.ts";
import { neutralScalar, writeScalar } from "./scalars.ts";
import { type AvroRecord, type AvroType, isComposite } from "./schema.ts";

const redactedScalar = { kind: "text", text: redactedText } as const;
const nothing = { kind: "null" } as const;
const empty = Buffer.alloc(1);

/** `field` is the type of the place, `actual` that of the value in it: the same, or a branch of it. */
export function replacementFor(field: AvroType, actual: AvroType, replacement: Replacement): Uint8Array {
  if (replacement.kind === "redacted") return redacted(field, actual);
  const value = replacement.kind === "removed" ? nothing : replacement;
  return written(field, actual, value) ?? redacted(field, actual);
}

function written(field: AvroType, actual: AvroType, value: Parameters<typeof writeScalar>[1]): Uint8Array | null {
  for (const type of inOrder(field, actual)) {
    const bytes = isComposite(type) || type.kind === "union" ? null : writeScalar(type, value);
    if (bytes !== null) return asBranch(field, type, bytes);
  }
  return null;
}

/** The value's own type before the others that the field allows. */
function inOrder(field: AvroType, actual: AvroType): readonly AvroType[] {
  return field.kind === "union" ? [actual, ...field.branches] : [actual];
}

/** The text where one fits, null where that is allowed, else what says nothing. The same whatever the value was, even null. */
function redacted(field: AvroType, actual: AvroType): Uint8Array {
  return (
    written(field, actual, redactedScalar) ??
    written(field, actual, nothing) ??
    asBranch(field, actual, neutral(actual, new Set()))
  );
}

/** A list or map becomes empty; every field of a record is redacted. `within` are the records that this is inside of. */
function neutral(type: AvroType, within: Set<AvroRecord>): Uint8Array {
  if (type.kind === "array" || type.kind === "map") return empty;
  if (type.kind === "union") return redactedField(type, within);
  if (type.kind !== "record") return neutralScalar(type);
  if (within.has(type)) throw new SchemaProblem("a record holds itself");
  within.add(type);
  const fields = type.fields.map((field) => redactedField(field.type, within));
  within.delete(type);
  return Buffer.concat(fields);
}

function redactedField(type: AvroType, within: Set<AvroRecord>): Uint8Array {
  const actual = type.kind === "union" ? endingBranch(type.branches, within) : type;
  return (
    written(type, actual, redactedScalar) ??
    written(type, actual, nothing) ??
    asBranch(type, actual, neutral(actual, within))
  );
}

/** One that does not lead back, so that a list's node can end. */
function endingBranch(branches: readonly AvroType[], within: ReadonlySet<AvroRecord>): AvroType {
  const ends = branches.find((type) => type.kind !== "record" || !within.has(type));
  if (ends === undefined) throw new SchemaProblem("a record holds itself");
  return ends;
}

function asBranch(field: AvroType, type: AvroType, bytes: Uint8Array): Uint8Array {
  if (field.kind !== "union") return bytes;
  return Buffer.concat([encodeLong(field.branches.indexOf(type)), bytes]);
}
