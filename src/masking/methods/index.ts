// The masking methods that policies can name. To add one: a file here that implements MaskMethod, and a place in this list.
import type { MaskMethod } from "../method.ts";
import { bucket } from "./bucket.ts";
import { constant } from "./constant.ts";
import { drop } from "./drop.ts";
import { fpe } from "./fpe.ts";
import { hash } from "./hash.ts";
import { nullMethod } from "./null.ts";
import { partial } from "./partial.ts";
import { redact } from "./redact.ts";
import { token } from "./token.ts";
import { truncateDate } from "./truncate-date.ts";

export const methods: readonly MaskMethod[] = [
  redact,
  constant,
  nullMethod,
  drop,
  partial,
  hash,
  token,
  fpe,
  truncateDate,
  bucket,
];

const byName = new Map<string, MaskMethod>(methods.map((method) => [method.name, method]));

/** The method of that name, or null. */
export function methodNamed(name: string): MaskMethod | null {
  return byName.get(name) ?? null;
}
