// The tagged fields at the end of a flexible struct (KIP-482): known ones become properties, unknown ones are kept as bytes and
// written back in tag order. Tags must ascend and a known field must fill its announced size exactly; Kafka's brokers check
// neither when they read, so a message that lies there could mean one thing to us and another to them.
import { assert } from "../../base/assert.ts";
import { malformed, type Reader } from "./reader.ts";
import type { UnknownTaggedField } from "./schema.ts";
import type { Writer } from "./writer.ts";

export interface TagCodec {
  readonly tag: number;
  readonly name: string;
  readonly read: (reader: Reader) => unknown;
  readonly write: (writer: Writer, value: unknown) => void;
  readonly isDefault: (value: unknown) => boolean;
}

/** The tags of one struct in one version. */
export interface Tags {
  /** Ascending. */
  readonly known: readonly TagCodec[];
  /** Tags that the struct has in other versions only: brokers refuse them here, so they are not merely unknown. */
  readonly foreign: ReadonlySet<number>;
}

export const noTags: Tags = { known: [], foreign: new Set() };

type Value = Record<string, unknown>;

export function readTagged(reader: Reader, value: Value, { known, foreign }: Tags): void {
  const count = reader.uvarint();
  if (count === 0) return;
  reader.expectElements(count, 2);
  const unknown: UnknownTaggedField[] = [];
  let last = -1;
  for (let i = 0; i < count; i++) {
    const tag = reader.uvarint();
    if (tag <= last) throw malformed(`tag ${tag} after ${last}`);
    if (foreign.has(tag)) throw malformed(`tag ${tag} is of another version`);
    last = tag;
    const size = reader.uvarint();
    const codec = known.find((each) => each.tag === tag);
    if (codec === undefined) unknown.push({ tag, data: reader.slice(size) });
    else readKnown(reader, value, codec, size);
  }
  if (unknown.length > 0) value["unknownTaggedFields"] = unknown;
}

function readKnown(reader: Reader, value: Value, codec: TagCodec, size: number): void {
  reader.expectElements(size, 1);
  const end = reader.offset + size;
  value[codec.name] = codec.read(reader);
  if (reader.offset !== end) throw malformed(`tagged field ${codec.tag} does not fill its size`);
}

/** Known fields at their default are left out, as Kafka does. */
export function writeTagged(writer: Writer, value: Value, { known }: Tags): void {
  const unknown = value["unknownTaggedFields"] as readonly UnknownTaggedField[];
  const present = known.length === 0 ? known : known.filter((codec) => !codec.isDefault(value[codec.name]));
  writer.uvarint(present.length + unknown.length);
  if (present.length + unknown.length === 0) return;
  let nextUnknown = 0;
  for (const codec of present) {
    while (nextUnknown < unknown.length && (unknown[nextUnknown] as UnknownTaggedField).tag < codec.tag) {
      writeUnknown(writer, unknown, nextUnknown++, known);
    }
    writer.uvarint(codec.tag);
    writer.sized(() => codec.write(writer, value[codec.name]));
  }
  while (nextUnknown < unknown.length) writeUnknown(writer, unknown, nextUnknown++, known);
}

function writeUnknown(
  writer: Writer,
  all: readonly UnknownTaggedField[],
  index: number,
  known: readonly TagCodec[],
): void {
  const { tag, data } = all[index] as UnknownTaggedField;
  assert(index === 0 || (all[index - 1] as UnknownTaggedField).tag < tag, "unknown tagged fields out of order");
  assert(!known.some((codec) => codec.tag === tag), `tag ${tag} is a known one`);
  writer.uvarint(tag);
  writer.uvarint(data.length);
  writer.raw(data);
}
