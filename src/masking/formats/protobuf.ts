// Protobuf in Confluent's wire format: edited in place with the schema that it was written with. Source: protobuf/.
import type { MatchState } from "../matcher.ts";
import { type Editor, unreadable, type ValueFormat } from "./format.ts";
import { claimsOf, type FramedParts, framedSchema, oncePerSchema } from "./framed.ts";
import { messageAt, readIndexes } from "./protobuf/indexes.ts";
import { parseProtobuf } from "./protobuf/parse.ts";
import { ProtoPlaces } from "./protobuf/places.ts";
import type { ProtoFile } from "./protobuf/schema.ts";
import { walkProtobuf } from "./protobuf/walk.ts";
import { Malformed, SchemaProblem } from "./schema-problem.ts";

export function protobufFormat(parts: FramedParts): ValueFormat {
  const fileOf = oncePerSchema(parts.log, parseProtobuf);
  return {
    name: "protobuf",
    finds: { fields: true, tags: true },
    claims: claimsOf(parts, "PROTOBUF"),
    editor(root) {
      const placesOf = oncePerSchema(parts.log, (schema) => {
        const file = fileOf(schema);
        return file && { file, places: new ProtoPlaces() };
      });
      return editor(parts, root, placesOf);
    },
  };
}

type PlacesOf = ReturnType<typeof oncePerSchema<{ file: ProtoFile; places: ProtoPlaces } | null>>;

function editor(parts: FramedParts, root: MatchState, placesOf: PlacesOf): Editor {
  return {
    edit(source, part, record) {
      const framed = framedSchema(parts, "PROTOBUF", source, part, record);
      const made = framed && placesOf(framed.schema);
      if (framed === null || !made) return unreadable;
      try {
        const indexes = readIndexes(framed.rest);
        const place = made.places.of(messageAt(made.file, indexes.path), root);
        const start = framed.inPayload ? source.length - framed.rest.length + indexes.bytes : 0;
        return walkProtobuf(source, start, made.places, place);
      } catch (error) {
        if (error instanceof Malformed || error instanceof SchemaProblem) return unreadable;
        throw error;
      }
    },
  };
}
