// The schema `"bytes"` by itself: Confluent's serializers write such a value as it is, without its length; others write the length. Whichever
// it is, it is taken as a whole.
import type { MatchState } from "../../matcher.ts";

export function editRawBytes(source: Uint8Array, start: number, { action }: MatchState): Buffer | null {
  if (action === null) return null;
  const replacement = action.apply({ kind: "bytes", bytes: source.subarray(start), fixed: false }, "");
  if (replacement === null) return null;
  const bytes = replacement.kind === "bytes" ? replacement.bytes : Buffer.alloc(0);
  return Buffer.concat([source.subarray(0, start), bytes]);
}
