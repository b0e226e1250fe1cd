// What an edit of a record may be. A null key or value stays null and none becomes null: compaction would take it for a deletion.
// Headers keep their number and names.
import { assert } from "../../../base/assert.ts";
import type { RecordAnswer, RecordEdit, RecordRefusal, RecordView } from "../../../model/record.ts";

/** A rewriter whose refusals are noted elsewhere. */
export type EditOrHide = (record: RecordView) => Exclude<RecordAnswer, RecordRefusal>;

export function checkedEdit(record: RecordView, edit: RecordEdit | undefined): RecordEdit | undefined {
  if (edit === undefined) return undefined;
  const { key, value, headers } = edit;
  assert(key === undefined || (key === null) === (record.key === null), "a rewriter made or unmade a null key");
  assert(value === undefined || (value === null) === (record.value === null), "a rewriter made or unmade a tombstone");
  assert(headers === undefined || headers.length === record.headers.length, "a rewriter made or unmade a header");
  return edit;
}
