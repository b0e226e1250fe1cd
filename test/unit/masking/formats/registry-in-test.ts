// Schemas without a registry around them, and masks over what they describe.
import { silentLog } from "../../../../src/base/log.ts";
import { formatsWith } from "../../../../src/masking/formats/index.ts";
import type { MaskKeys } from "../../../../src/masking/keys.ts";
import { createMasking } from "../../../../src/masking/mask.ts";
import { referenceKey } from "../../../../src/masking/registry/reference.ts";
import type { RegisteredSchema, SchemaType } from "../../../../src/masking/registry/schema.ts";
import type { Schemas } from "../../../../src/masking/registry/schemas.ts";
import type { MaskRule } from "../../../../src/model/decision.ts";
import type { RecordView } from "../../../../src/model/record.ts";
import { maskRule, recordOf } from "../../../support/masking.ts";

/** By reference: `ids/1`. */
export type Registered = Readonly<Record<string, RegisteredSchema>>;

export function registered(type: SchemaType, text: string, over: Partial<RegisteredSchema> = {}): RegisteredSchema {
  return { type, text, references: [], tags: [], ...over };
}

export function avroSchema(schema: unknown, over: Partial<RegisteredSchema> = {}): RegisteredSchema {
  return registered("AVRO", JSON.stringify(schema), over);
}

export function schemasOf(known: Registered): Schemas {
  const get: Schemas["get"] = (ref) => known[referenceKey(ref)] ?? null;
  return { get, fetch: async (ref) => get(ref) ?? "missing", state: () => "", close: () => {} };
}

export interface Masked {
  readonly value: Buffer;
  readonly counts: { readonly masked: Record<string, number>; readonly failed: Record<string, number> };
}

/** Masks one record's value; what does not change is given back as it was. */
export function maskWith(known: Registered | null, rules: readonly MaskRule[], keys: MaskKeys = new Map()) {
  const schemas = known === null ? null : schemasOf(known);
  const masking = createMasking({ keys, formats: formatsWith({ schemas, log: silentLog }) });
  return (value: Uint8Array, over: Partial<RecordView> = {}): Masked => {
    const counts = { masked: {}, failed: {} };
    const answer = masking.masker(rules, counts)(recordOf({ ...over, value }));
    const edited = typeof answer === "object" && "value" in answer ? answer.value : undefined;
    return { value: Buffer.from(edited ?? value), counts };
  };
}

/** Confluent's prefix: the magic byte and the schema's id. */
export function prefixed(id: number, payload: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeInt32BE(id, 1);
  return Buffer.concat([prefix, payload]);
}

export const redactField = (field: string, over: Partial<MaskRule> = {}): MaskRule => maskRule(field, over);
export const redactTag = (tag: string, over: Partial<MaskRule> = {}): MaskRule =>
  maskRule(tag, { field: null, tag, ...over });
