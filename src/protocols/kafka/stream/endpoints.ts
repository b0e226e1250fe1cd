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
  const start = new Cursor([tags]);
  start.uvarint();
  let fieldStart = start.at;
  const cursor = new Cursor([tags]);
  cursor.tags((tag) => {
    const field = tags.subarray(fieldStart, cursor.at);
    if (tag === endpointsTag) endpoints = field;
    else others.push(field);
    last = tag;
    fieldStart = cursor.at;
  });
  if (endpoints === null) return null;
  if (last >= blankTag)
    throw new LockkeeperError("broker-protocol", "a Fetch answer has tagged fields that leave no room");
  return Buffer.concat([tags.subarray(0, start.at), ...others, blanked(endpoints)]);
}

function blanked(field: Buffer): Buffer {
  const blank = Buffer.from(field);
  const cursor = new Cursor([blank], 1);
  cursor.uvarint();
  blank[0] = blankTag;
  return blank.fill(0, cursor.at);
}
