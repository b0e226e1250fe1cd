// Avro's binary encoding in Confluent's wire format: edited in place with the schema that it was written with. Source: avro/.
import type { MatchState } from "../matcher.ts";
import { parseAvro } from "./avro/parse.ts";
import { AvroPlaces } from "./avro/places.ts";
import { editRawBytes } from "./avro/raw-bytes.ts";
import { type Constants, walkAvro } from "./avro/walk.ts";
import { type Editor, unreadable, type ValueFormat } from "./format.ts";
import { claimsOf, type FramedParts, framedSchema, oncePerSchema } from "./framed.ts";
import { Malformed, SchemaProblem } from "./schema-problem.ts";

export function avroFormat(parts: FramedParts): ValueFormat {
  const schemaOf = oncePerSchema(parts.log, parseAvro);
  return {
    name: "avro",
    finds: { fields: true, tags: true },
    claims: claimsOf(parts, "AVRO", true),
    editor(root) {
      const placesOf = oncePerSchema(parts.log, (schema) => {
        const parsed = schemaOf(schema);
        return parsed && { places: new AvroPlaces(parsed, root), constants: new WeakMap() satisfies Constants };
      });
      return editor(parts, root, placesOf);
    },
  };
}

type PlacesOf = ReturnType<typeof oncePerSchema<{ places: AvroPlaces; constants: Constants } | null>>;

function editor(parts: FramedParts, root: MatchState, placesOf: PlacesOf): Editor {
  return {
    edit(source, part, record) {
      const framed = framedSchema(parts, "AVRO", source, part, record);
      const made = framed && placesOf(framed.schema);
      if (framed === null || !made) return unreadable;
      const start = framed.inPayload ? source.length - framed.rest.length : 0;
      if (made.places.root.type.kind === "bytes") return editRawBytes(source, start, root);
      try {
        return walkAvro(source, start, made.places, made.constants);
      } catch (error) {
        if (error instanceof Malformed || error instanceof SchemaProblem) return unreadable;
        throw error;
      }
    },
  };
}
