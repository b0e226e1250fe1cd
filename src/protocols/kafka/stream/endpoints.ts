// The endpoints of new leaders at the end of an answer whose length has been told already: they cannot be rewritten to other lengths, so they
// become a tagged field that nobody knows, blank and of the same size. Clients then ask for metadata, as they do at brokers before KIP-951.
import { LockkeeperError } from "../../../base/errors.ts";
import { Cursor } from "./cursor.ts";

/** NodeEndpoints of FetchResponse 16+. */
const endpointsTag = 0;
/** The highest tag that takes one byte, as 0 does. */
const blankTag = 0x7f;

/** The tagged fields with the endpoints blanked; null where there are none, and nothing has to change. */
export function hiddenEndpoints(tags: Buffer): Buffer | null {
  let endpoints: Buffer | null = null;
  const others: Buffer[] = [];
  let last = 0;
  let fieldStart = -1;
  const cursor = new Cursor(tags, 0);
  cursor.uvarint();
  fieldStart = cursor.at;
  new Cursor(tags, 0).tags((tag, _start, end) => {
    const field = tags.subarray(fieldStart, end);
    if (tag === endpointsTag) endpoints = field;
    else others.push(field);
    last = tag;
    fieldStart = end;
  });
  if (endpoints === null) return null;
  if (last >= blankTag)
    throw new LockkeeperError("broker-protocol", "a Fetch answer has tagged fields that leave no room");
  return Buffer.concat([tags.subarray(0, cursor.at), ...others, blanked(endpoints)]);
}

function blanked(field: Buffer): Buffer {
  const blank = Buffer.from(field);
  const cursor = new Cursor(blank, 1);
  cursor.uvarint();
  blank[0] = blankTag;
  return blank.fill(0, cursor.at);
}
