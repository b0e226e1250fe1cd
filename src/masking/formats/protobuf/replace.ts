// What takes a value's place in a field of a given type, as bytes without the tag: always valid for the field, whatever the method wanted.
// Null: the field goes, which is Protobuf's way of having no value.
import { type Replacement, redactedText } from "../../scalar.ts";
import { SchemaProblem } from "../schema-problem.ts";
import { encodeVarint } from "../varint.ts";
import { neutralScalar, withLength, writeScalar } from "./scalars.ts";
import type { ProtoField, ProtoMessage, ProtoType } from "./schema.ts";
import { standIn } from "./stands.ts";
import { encodeTag, wire, wireOf } from "./wire.ts";

export function replacementFor(type: ProtoType, canGo: boolean, replacement: Replacement): Uint8Array | null {
  if (replacement.kind === "removed" || replacement.kind === "null") return canGo ? null : redacted(type);
  if (replacement.kind === "redacted") return redacted(type);
  if (type.kind !== "message") return writeScalar(type, replacement) ?? redacted(type);
  const stand = standIn(type, replacement);
  return stand === null ? redacted(type) : withLength(stand);
}

/** The text where one fits, else what says nothing; of a message what it needs to be one. */
export function redacted(type: ProtoType): Uint8Array {
  const text = { kind: "text", text: redactedText } as const;
  if (type.kind !== "message") return writeScalar(type, text) ?? neutralScalar(type);
  return withLength(standIn(type, text) ?? requiredFields(type, new Set()));
}

/** Of messages that may not be empty (proto2), the fields that they cannot be without. */
export function requiredFields(message: ProtoMessage, within: Set<ProtoMessage>): Uint8Array {
  if (within.has(message)) throw new SchemaProblem("a message requires itself");
  within.add(message);
  const fields = [...message.fields.values()].filter((field) => field.isRequired);
  const pieces = fields.flatMap((field) => requiredField(field, within));
  within.delete(message);
  return Buffer.concat(pieces);
}

function requiredField({ number, type, isGroup }: ProtoField, within: Set<ProtoMessage>): readonly Uint8Array[] {
  if (type.kind !== "message") return [encodeTag(number, wireOf(type)), redacted(type)];
  const content = requiredFields(type, within);
  if (isGroup) return [encodeTag(number, wire.groupStart), content, encodeTag(number, wire.groupEnd)];
  return [encodeTag(number, wire.bytes), encodeVarint(content.length), content];
}
