// What a record has after an edit. A null key or value stays null and none becomes null: compaction would take it for a deletion.
import { assert } from "../../../base/assert.ts";
import { LockkeeperError } from "../../../base/errors.ts";
import type { RecordAnswer, RecordEdit, RecordView } from "../../../model/record.ts";

/** What is done so far: records are edited in key and value. Whatever else a rewriter wants, nothing of the batch leaves. */
export function editOf(answer: RecordAnswer): RecordEdit | undefined {
  if (answer === undefined) return undefined;
  if (answer === "hide" || "refuse" in answer || answer.headers !== undefined) {
    throw new LockkeeperError("mask-refused", "records cannot be hidden, refused or given other headers yet");
  }
  return answer;
}

export function editedKey(record: RecordView, edit: RecordEdit): Uint8Array | null {
  if (edit.key === undefined) return record.key;
  assert((edit.key === null) === (record.key === null), "a rewriter made or unmade a null key");
  return edit.key;
}

export function editedValue(record: RecordView, edit: RecordEdit): Uint8Array | null {
  if (edit.value === undefined) return record.value;
  assert((edit.value === null) === (record.value === null), "a rewriter made or unmade a tombstone");
  return edit.value;
}
