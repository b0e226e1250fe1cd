// What a record has after an edit. A null key or value stays null and none becomes null: compaction would take it for a deletion.
import { assert } from "../../../base/assert.ts";
import type { RecordEdit, RecordView } from "../../../model/record.ts";

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
