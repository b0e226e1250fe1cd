// Makes the functions of one message (decode, encode, create) from its table; the files in messages/ call it. decode∘encode is the identity on values; on bytes it is for what Kafka's own clients and brokers
// write (not for a tagged field that is sent although it has its default, a bool other than 0 and 1, or a needlessly long varint).
import { LockkeeperError } from "../../base/errors.ts";
import { type Codec, compileStruct } from "./plan.ts";
import { malformed, Reader } from "./reader.ts";
import type { Message, Struct, Tagged } from "./schema.ts";
import { Writer } from "./writer.ts";

export function message<T extends Tagged>(
  struct: Struct<T>,
  min: number,
  max: number,
  flexibleFrom: number | null,
): Message<T> {
  const { name } = struct;
  const codecs: Codec[] = [];
  const isFlexible = (version: number): boolean => flexibleFrom !== null && version >= flexibleFrom;
  /** Compiled when first used: most versions never are. */
  const codec = (version: number): Codec => {
    const known = codecs[version];
    if (known !== undefined) return known;
    if (!Number.isInteger(version) || version < min || version > max) {
      throw new LockkeeperError("version-unsupported", `${name} has no version ${version}`);
    }
    const compiled = compileStruct(struct, version, isFlexible(version));
    codecs[version] = compiled;
    return compiled;
  };
  return {
    name,
    versions: { min, max },
    flexibleFrom,
    struct,
    create: (init) => struct.create(init),
    decode(bytes, offset, version) {
      const reader = new Reader(bytes, offset);
      const value = codec(version).read(reader) as T;
      if (reader.remaining !== 0) throw malformed(`${name} v${version}: ${reader.remaining} bytes left over`);
      return value;
    },
    decodeStart(bytes, offset, version) {
      const reader = new Reader(bytes, offset);
      const value = codec(version).read(reader) as T;
      return { value, end: reader.offset };
    },
    encode(value, version) {
      const writer = new Writer();
      codec(version).write(writer, value);
      return writer.finish();
    },
    write: (writer, value, version) => codec(version).write(writer, value),
    isFlexible,
  };
}
