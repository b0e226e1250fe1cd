// The section `masking`: what methods and formats need beside the rules that a policy gives.
import { z } from "zod";
import { limits } from "../base/limits.ts";
import { secret, type ValueContext } from "./values.ts";

export function maskingSection(context: ValueContext) {
  return z
    .strictObject({
      /** Keys by the names that policies use. To rotate one, give it another `id` and `secret`: outputs change from then on. */
      keys: z.record(keyName(), maskKey(context)).default({}),
      /** Threads for large batches; they start when there is work. Default: one less than there are cores, 4 at most. 0: everything on the event loop, which then serves nobody meanwhile. */
      workers: z.int().min(0).max(64).optional(),
      /** Masked batches kept in memory for the next reader of the same topic under the same rules; 0 keeps none. */
      cacheBytes: z.int().min(0).default(limits.maskCacheBytesMax),
      /** Records are compressed again with the codec they came in, at this level. Snappy and LZ4 have none. */
      compression: z
        .strictObject({
          gzip: z.int().min(1).max(9).default(6),
          zstd: z.int().min(1).max(19).default(3),
        })
        .prefault({}),
    })
    .prefault({});
}

function maskKey(context: ValueContext) {
  return z.strictObject({
    /** Stands in masked values where their form allows (`hmac:k2:…`), so that it is known which key made them. */
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,32}$/, { error: "an id has up to 32 letters, digits, dashes and underscores" }),
    /** At least 32 characters, such as `openssl rand -hex 32` prints. Whoever has it can find out masked values by trying. */
    secret: secret(context).superRefine((value, issues) => {
      if (value.reveal().length >= limits.maskSecretCharsMin) return;
      issues.addIssue({ code: "custom", message: `the secret has less than ${limits.maskSecretCharsMin} characters` });
    }),
  });
}

function keyName() {
  return z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, {
    error: "a key's name has up to 64 letters, digits, dots, dashes and underscores",
  });
}
