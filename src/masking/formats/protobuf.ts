// Protobuf in Confluent's wire format: edited in place with the schema that it was written with. Source: protobuf/.
import type { ValueFormat } from "./format.ts";
import { claimsOf, type FramedParts, framedEditor, oncePerSchema } from "./framed.ts";
import { messageAt, readIndexes } from "./protobuf/indexes.ts";
import { parseProtobuf } from "./protobuf/parse.ts";
import { ProtoPlaces } from "./protobuf/places.ts";
import { walkProtobuf } from "./protobuf/walk.ts";

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
      return framedEditor(parts, "PROTOBUF", placesOf, (source, { rest, inPayload }, { file, places }) => {
        const indexes = readIndexes(rest);
        const start = inPayload ? source.length - rest.length + indexes.bytes : 0;
        return walkProtobuf(source, start, places, places.of(messageAt(file, indexes.path), root));
      });
    },
  };
}
