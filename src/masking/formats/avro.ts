// Avro's binary encoding in Confluent's wire format: edited in place with the schema that it was written with. Source: avro/.
import { parseAvro } from "./avro/parse.ts";
import { AvroPlaces } from "./avro/places.ts";
import { editRawBytes } from "./avro/raw-bytes.ts";
import { type Constants, walkAvro } from "./avro/walk.ts";
import type { ValueFormat } from "./format.ts";
import { claimsOf, type FramedParts, framedEditor, oncePerSchema } from "./framed.ts";

export function avroFormat(parts: FramedParts): ValueFormat {
  const schemaOf = oncePerSchema(parts.log, parseAvro);
  return {
    name: "avro",
    finds: { fields: true, tags: true },
    claims: claimsOf(parts, "AVRO", true),
    editor(root) {
      const placesOf = oncePerSchema(parts.log, (schema) => {
        const parsed = schemaOf(schema);
        const constants: Constants = new WeakMap();
        return parsed && { places: new AvroPlaces(parsed, root), constants };
      });
      return framedEditor(parts, "AVRO", placesOf, (source, { rest, inPayload }, made) => {
        const start = inPayload ? source.length - rest.length : 0;
        if (made.places.root.type.kind === "bytes") return editRawBytes(source, start, root);
        return walkAvro(source, start, made.places, made.constants);
      });
    },
  };
}
