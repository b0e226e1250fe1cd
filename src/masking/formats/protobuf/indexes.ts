// Confluent's message indexes: which message of a schema the bytes are. A count and so many places, as zigzag numbers; a single zero stands for
// the first message. Throws Malformed. Source: Confluent's documentation, "Wire format", Protobuf.
import { limits } from "../../../base/limits.ts";
import { malformed } from "../schema-problem.ts";
import { unzigzag } from "../varint.ts";
import type { IndexedMessage, ProtoFile, ProtoMessage } from "./schema.ts";
import { WireCursor } from "./wire.ts";

export interface Indexes {
  readonly path: readonly number[];
  /** Bytes that they take. */
  readonly bytes: number;
}

export function readIndexes(bytes: Uint8Array): Indexes {
  const cursor = new WireCursor(bytes, 0, bytes.length);
  const next = () => Number(unzigzag(cursor.uint64()));
  const count = next();
  if (count === 0) return { path: [0], bytes: cursor.at };
  if (count < 0 || count > limits.schemaDepthMax) throw malformed("the message indexes are missing");
  const path = Array.from({ length: count }, next);
  return { path, bytes: cursor.at };
}

/**
 * Clients do not agree on whether the messages that maps and groups imply are counted among the nested ones (Python's serializer does, JavaScript's does not).
 * Where that makes a difference nobody can tell which message is meant, so it is none.
 */
export function messageAt({ messages }: ProtoFile, path: readonly number[]): ProtoMessage {
  let siblings: readonly IndexedMessage[] = messages;
  let implied = 0;
  let found: IndexedMessage | undefined;
  for (const index of path) {
    const candidates = siblings.slice(Math.max(0, index - implied), index + 1);
    if (index < 0 || candidates.length !== 1) throw malformed("there is no such message, or it is not clear which");
    found = candidates[0]!;
    siblings = found.nested;
    implied = found.implied;
  }
  if (found === undefined) throw malformed("there is no such message");
  return found.message;
}
