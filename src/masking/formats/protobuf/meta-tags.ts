// Confluent's tags in Protobuf: the options `(confluent.field_meta).tags` and `(confluent.message_meta).tags`, however they are spelled.
// Source: confluent/meta.proto of Confluent's Schema Registry.
import { z } from "zod";

const tags = z.union([z.array(z.string()), z.string().transform((tag) => [tag])]).catch([]);
const meta = z.looseObject({ tags }).transform((it) => it.tags);
const options = z.array(z.record(z.string(), z.unknown())).catch([]);

/** `parsed` are the options as protobufjs gives them: an object for each, its values nested. */
export function metaTags(of: "field" | "message", parsed: unknown): readonly string[] {
  const name = new RegExp(`^\\(\\.?(?:confluent\\.)?${of}_meta\\)$`);
  return options.parse(parsed ?? []).flatMap((option) =>
    Object.entries(option).flatMap(([key, value]) => {
      const found = name.test(key) ? meta.safeParse(value) : null;
      return found?.success === true ? found.data : [];
    }),
  );
}
