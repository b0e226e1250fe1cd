// Metadata of all topics, which may be ten thousand: those that the caller may see leave as the bytes that came, the others are left out, and
// nothing of them is decoded but their names. Judged in slices, so that no other connection waits for a whole listing. What stands beside the
// topics (brokers, the cluster) goes the way of every answer.
import { LockkeeperError } from "../../../base/errors.ts";
import { limits } from "../../../base/limits.ts";
import { after, type Maybe } from "../../../base/maybe.ts";
import { inTurns } from "../../../base/turns.ts";
import { sizePrefixBytes } from "../header.ts";
import { type MetadataRequest, metadata } from "../messages/metadata.ts";
import type { CutList, RespondContext } from "../rule.ts";
import { needMore } from "../stream/cursor.ts";
import { MetadataScan, scannedVersions, type TopicSpan } from "../stream/metadata-scan.ts";
import { learnTopics } from "../topic-lookup.ts";
import type { TopicMap } from "../topics.ts";
import { Writer } from "../writer.ts";
import { topicDescribe } from "./describe.ts";
import { bitsOfTopic, withTopicBits } from "./described-topics.ts";

/** Null where the answer has to be decoded: only some topics were asked for, or it is not plain. */
export function cutTopics(frame: Buffer, request: MetadataRequest, context: RespondContext): Maybe<CutList | null> {
  const { version } = context;
  if (request.topics !== null || version < scannedVersions.min || version > scannedVersions.max) return null;
  const listing = startListing(frame, request, context);
  if (listing === null) return null;
  return after(
    inTurns(() => listing.slice()),
    () => listing.end(),
  );
}

interface Listing {
  /** Takes some topics; true while more are left. */
  slice(): boolean;
  end(): CutList | null;
}

function startListing(frame: Buffer, request: MetadataRequest, context: RespondContext): Listing | null {
  const { services, version } = context;
  const asked = request.includeTopicAuthorizedOperations;
  // with the bits asked for, a topic is as many operations more
  const sliceTopics = Math.floor(limits.listSliceMax / (asked ? 1 + bitsOfTopic : 1));
  const scan = plain(() => new MetadataScan(frame, version));
  if (scan === null) return null;
  const kept = Buffer.allocUnsafe(frame.length - scan.topicsAt);
  let bytes = 0;
  let shown = 0;
  let omitted = 0;
  let isPlain = true;

  function keep({ at, end, bitsAt, topicAuthorizedOperations }: TopicSpan & { topicAuthorizedOperations: number }) {
    frame.copy(kept, bytes, at, end);
    if (bitsAt >= 0) kept.writeInt32BE(topicAuthorizedOperations, bytes + bitsAt - at);
    bytes += end - at;
    shown++;
  }

  return {
    slice() {
      const topics = plain(() => scan.next(sliceTopics));
      if (topics === null) return (isPlain = false);
      learnTopics(topics, context.topics as TopicMap);
      const decisions = services.judge(topics.map(({ name }) => topicDescribe(name ?? "")));
      const seen = topics.filter((_, index) => decisions[index]?.outcome === "allow");
      omitted += topics.length - seen.length;
      for (const topic of withTopicBits(seen, asked, context)) keep(topic);
      return scan.left > 0;
    },
    end() {
      if (!isPlain) return null;
      context.omitted.count += omitted;
      const { countAt, position } = scan;
      const rest = resized([frame.subarray(0, countAt), countOf(0, version), frame.subarray(position)]);
      const list = kept.subarray(0, bytes);
      return {
        rest: Buffer.concat(rest),
        put(answer) {
          const { countAt: head, topicsAt: tail } = new MetadataScan(answer, version);
          return resized([answer.subarray(0, head), countOf(shown, version), list, answer.subarray(tail)]);
        },
      };
    },
  };
}

/** Null where the bytes are not plain: who decodes them finds out what is wrong. */
function plain<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error === needMore || error instanceof LockkeeperError) return null;
    throw error;
  }
}

function countOf(topics: number, version: number): Buffer {
  const writer = new Writer({ bytesHint: 5 });
  if (metadata.response.isFlexible(version)) writer.uvarint(topics + 1);
  else writer.int32(topics);
  return writer.finish();
}

/** A frame's pieces, with its size in the first. */
function resized([head, ...others]: [Buffer, ...Buffer[]]): Buffer[] {
  const first = Buffer.from(head);
  const bytes = others.reduce((sum, piece) => sum + piece.length, first.length);
  first.writeInt32BE(bytes - sizePrefixBytes, 0);
  return [first, ...others];
}
