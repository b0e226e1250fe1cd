// The keys that masking methods use, by the names that policies give. They come from the configuration's secrets and go nowhere else.
import { hkdfSync } from "node:crypto";
import type { Sensitive } from "../base/sensitive.ts";

export interface MaskKey {
  /** Stands in outputs where their form allows (`hmac:k2:…`), so that after a rotation it is known which key made them. */
  readonly id: string;
  readonly secret: Sensitive<string>;
}

export type MaskKeys = ReadonlyMap<string, MaskKey>;

/** A key of its own for each purpose, so that what one method gives away says nothing of another's. HKDF-SHA-256, RFC 5869. */
export function derivedKey({ id, secret }: MaskKey, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync("sha256", secret.reveal(), "lockkeeper masking", `${purpose} ${id}`, bytes));
}
