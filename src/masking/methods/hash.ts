// hash: HMAC-SHA-256 (RFC 2104) with a key of the configuration. Equal values stay equal, and without the key nobody can try values out.
// Texts become `hmac:KEYID:` and 43 characters of base64url; whole numbers and bytes of typed formats a value of their type.
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { assert } from "../../base/assert.ts";
import { derivedKey } from "../keys.ts";
import type { MaskMethod, ReadyMethod } from "../method.ts";
import { byKind } from "./by-kind.ts";

export const hash: MaskMethod = {
  name: "hash",
  deterministic: true,
  shows: 1,
  keyed: true,
  options: z.strictObject({}),
  prepare(_, key) {
    assert(key !== null, "hash without a key");
    const secret = createSecretKey(derivedKey(key, "hash", 32));
    const prefix = `hmac:${key.id}:`;
    return { constant: null, apply: hashed(secret, prefix) };
  },
};

function hashed(key: KeyObject, prefix: string): ReadyMethod["apply"] {
  const text = (value: string) => ({ kind: "text" as const, text: prefix + digest(key, value).toString("base64url") });
  return byKind({
    text: (value) => text(value.text),
    // A double holds 53 bits exactly.
    number: (value) =>
      value.typed
        ? { ...value, text: (digest(key, value.text).readBigUInt64BE() >> 11n).toString() }
        : text(value.text),
    integer: (value) => ({
      ...value,
      value: digest(key, value.value.toString()).readBigUInt64BE() % (value.max + 1n),
    }),
    bytes: (value) => ({ ...value, bytes: value.fixed ? stretched(key, value.bytes) : digest(key, value.bytes) }),
  });
}

function digest(key: KeyObject, value: string | Uint8Array): Buffer {
  return createHmac("sha256", key).update(value).digest();
}

/** As many bytes as there were: the digest, and digests of it with a counter where it is too short. */
function stretched(key: KeyObject, bytes: Uint8Array): Buffer {
  const first = digest(key, bytes);
  const blocks = [first];
  for (let made = first.length; made < bytes.length; made += first.length) {
    blocks.push(digest(key, Buffer.concat([first, Buffer.from(String(blocks.length))])));
  }
  return Buffer.concat(blocks).subarray(0, bytes.length);
}
