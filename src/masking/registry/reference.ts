// Confluent's wire format: how a record says which schema it was written with. Either before the payload, or in a header; the magic byte
// tells whether an id or a GUID follows. Knows nothing of what the schema is. Source: Confluent's documentation, "Wire format", and the
// deserializers of its clients, which look at the header first and at the payload only where there is none.
import type { RecordView } from "../../model/record.ts";
import type { EditedPart } from "../formats/format.ts";

export type SchemaRef =
  | { readonly kind: "id"; readonly id: number }
  /** In lower case, with dashes. */
  | { readonly kind: "guid"; readonly guid: string };

export interface Framed {
  readonly ref: SchemaRef;
  /** What follows the reference: in the header, or in the payload. Protobuf's message indexes begin here. */
  readonly rest: Uint8Array;
  /** True where the reference stands before the payload, so that the data follow it in the same bytes. */
  readonly inPayload: boolean;
}

/** Bytes of a reference before a payload: the magic byte and an id of 32 bits, or a GUID. */
const idBytes = 5;
const guidBytes = 17;

const headerNames = { value: Buffer.from("__value_schema_id"), key: Buffer.from("__key_schema_id"), header: null };

/** Null where nothing says which schema it is. A header that says it wrongly is not made up for by the payload. */
export function referenceOf(source: Uint8Array, part: EditedPart, record: RecordView): Framed | null {
  const header = lastHeader(part, record);
  return header === null ? parseReference(source, true) : parseReference(header, false);
}

/** Whether the bytes or the headers claim to be in this format at all. */
export function isFramed(source: Uint8Array, part: EditedPart, record: RecordView): boolean {
  return lastHeader(part, record) !== null || source[0] === 0 || source[0] === 1;
}

function parseReference(bytes: Uint8Array, inPayload: boolean): Framed | null {
  if (bytes[0] === 0 && bytes.length >= idBytes) {
    const id = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(1);
    return id < 0 ? null : { ref: { kind: "id", id }, rest: bytes.subarray(idBytes), inPayload };
  }
  if (bytes[0] === 1 && bytes.length >= guidBytes) {
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset + 1, guidBytes - 1).toString("hex");
    const guid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    return { ref: { kind: "guid", guid }, rest: bytes.subarray(guidBytes), inPayload };
  }
  return null;
}

/** Where a name comes twice, clients take the last. */
function lastHeader(part: EditedPart, { headers }: RecordView): Uint8Array | null {
  const name = headerNames[part];
  if (name === null || headers.length === 0) return null;
  return headers.findLast(({ key }) => name.equals(key))?.value ?? null;
}

/** The same text for the same schema; a cache's key. */
export function referenceKey(ref: SchemaRef): string {
  return ref.kind === "id" ? `ids/${ref.id}` : `guids/${ref.guid}`;
}
