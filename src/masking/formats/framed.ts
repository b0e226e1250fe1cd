// What the formats of a schema registry have in common: bytes that say which schema they were written with, the schema itself, and what a
// format makes of it once. A schema that cannot be used is told once, in the operational log, and its records are unreadable.
import { describeError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { type Framed, isFramed, referenceOf } from "../registry/reference.ts";
import type { RegisteredSchema, SchemaType } from "../registry/schema.ts";
import type { Schemas } from "../registry/schemas.ts";
import { type Editor, unreadable, type ValueFormat } from "./format.ts";
import { Malformed, SchemaProblem } from "./schema-problem.ts";

export interface FramedSchema extends Framed {
  readonly schema: RegisteredSchema;
}

/** What such formats are made from. */
export interface FramedParts {
  /** Null where the cluster has no registry: nothing can be read then. */
  readonly schemas: Schemas | null;
  readonly log: Log;
}

type Given = Parameters<ValueFormat["claims"]>;

/** Null where the bytes name no schema, it cannot be had, or it is of another type. Throws NotReady. */
export function framedSchema({ schemas }: FramedParts, type: SchemaType, ...given: Given): FramedSchema | null {
  const framed = referenceOf(...given);
  const schema = framed === null || schemas === null ? null : schemas.get(framed.ref);
  return framed === null || schema?.type !== type ? null : { ...framed, schema };
}

/** What says that it has a schema is never anything else: the first of the formats claims also what has a schema that cannot be had. */
export function claimsOf(parts: FramedParts, type: SchemaType, isFirst = false): ValueFormat["claims"] {
  return (...given) => {
    if (!isFramed(...given)) return false;
    const framed = referenceOf(...given);
    const schema = framed === null || parts.schemas === null ? null : parts.schemas.get(framed.ref);
    return schema === null ? isFirst : schema.type === type;
  };
}

/** `walk` edits with what was made of the schema; what it throws about bytes or schema means that they are unreadable. */
export function framedEditor<Made>(
  parts: FramedParts,
  type: SchemaType,
  madeOf: (schema: RegisteredSchema) => Made | null,
  walk: (source: Uint8Array, framed: FramedSchema, made: Made) => Uint8Array | null,
): Editor {
  return {
    edit(...given) {
      const framed = framedSchema(parts, type, ...given);
      const made = framed && madeOf(framed.schema);
      if (framed === null || made === null) return unreadable;
      try {
        return walk(given[0], framed, made);
      } catch (error) {
        if (error instanceof Malformed || error instanceof SchemaProblem) return unreadable;
        throw error;
      }
    },
  };
}

/** `make` is called once for a schema; null for ever where it throws. */
export function oncePerSchema<Made>(
  log: Log,
  make: (schema: RegisteredSchema) => Made,
): (it: RegisteredSchema) => Made | null {
  const made = new WeakMap<RegisteredSchema, { readonly it: Made | null }>();
  return (schema) => {
    let known = made.get(schema);
    if (known === undefined) made.set(schema, (known = { it: tried(log, make, schema) }));
    return known.it;
  };
}

function tried<Made>(log: Log, make: (schema: RegisteredSchema) => Made, schema: RegisteredSchema): Made | null {
  try {
    return make(schema);
  } catch (error) {
    log.warn({ reason: describeError(error) }, `a schema (${schema.type}) cannot be used: its records are unreadable`);
    return null;
  }
}
