// Protobuf messages as data can be walked along: fields by number. Source: protobuf.dev, "Encoding" and "Language Specification".

export const scalarKinds = [
  "double",
  "float",
  "int32",
  "int64",
  "uint32",
  "uint64",
  "sint32",
  "sint64",
  "fixed32",
  "fixed64",
  "sfixed32",
  "sfixed64",
  "bool",
  "string",
  "bytes",
] as const;
export type ScalarKind = (typeof scalarKinds)[number];

export interface ProtoScalar {
  readonly kind: "scalar";
  readonly scalar: ScalarKind;
}

export interface ProtoEnum {
  readonly kind: "enum";
  /** By number; of several names for one number the first. */
  readonly symbols: ReadonlyMap<number, string>;
  readonly numbers: ReadonlyMap<string, number>;
  /** The first one, as an absent field has it. */
  readonly neutral: number;
}

export interface ProtoMessage {
  readonly kind: "message";
  /** Counts the messages of one schema from 0. */
  readonly index: number;
  /** Without a dot before it. */
  readonly fullName: string;
  /** `(confluent.message_meta).tags`: they hold wherever it is used. */
  readonly tags: readonly string[];
  readonly fields: ReadonlyMap<number, ProtoField>;
  /** Well-known types that stand for one value. */
  readonly stands: "timestamp" | "wrapper" | null;
  /** Holds what this schema cannot say: a google.protobuf.Any, or a message whose definition is missing. */
  readonly isOpaque: boolean;
}

export type ProtoType = ProtoScalar | ProtoEnum | ProtoMessage;

export interface ProtoField {
  readonly number: number;
  readonly name: string;
  /** As the schema spells it and as JSON does: a path may use either. Extensions are `[package.name]`. */
  readonly names: readonly string[];
  readonly tags: readonly string[];
  /** Of a map, that of its values. */
  readonly type: ProtoType;
  readonly map: ScalarKind | null;
  /** Maps are not said to be repeated. */
  readonly isRepeated: boolean;
  /** A message without it is none (proto2). */
  readonly isRequired: boolean;
  /** A message between tags instead of behind a length. */
  readonly isGroup: boolean;
}

export interface ProtoFile {
  /** The messages of the file itself, in order: Confluent's message indexes count them. */
  readonly messages: readonly IndexedMessage[];
}

export interface IndexedMessage {
  readonly message: ProtoMessage;
  readonly nested: readonly IndexedMessage[];
  /** Messages that its fields imply (maps, groups): some clients count them among the nested ones, others do not. */
  readonly implied: number;
}
