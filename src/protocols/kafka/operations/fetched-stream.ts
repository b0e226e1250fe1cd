// A large Fetch answer on its way to the client as it comes, where everything was allowed and nothing is masked, filtered or kept.
import type { JsonObject } from "../../../base/json.ts";
import type { Verdict } from "../../../model/decision.ts";
import type { AnswerServices, AnswerStream } from "../../protocol.ts";
import { answerOf } from "../answer.ts";
import { passesWhole, type RuleContext } from "../rule.ts";
import { type FetchHead, FetchStream } from "../stream/fetch-stream.ts";

/** The first version that names topics by id. */
const topicIdVersion = 13;

export function passWhole(verdicts: readonly Verdict[], { keepsRecords }: AnswerServices): boolean {
  return !keepsRecords && verdicts.every(passesWhole);
}

/** `ended` is told what the answer says of its session, once all of it has left. */
export function streamedFetch(
  verdicts: readonly Verdict[],
  { version, topics }: RuleContext,
  operationOf: (key: string) => number | undefined,
  ended: (head: FetchHead) => void,
): AnswerStream {
  const stream = new FetchStream(version, {
    operationOf,
    nameOf: (key) => (version >= topicIdVersion ? (topics.nameOf(key) ?? "") : key),
  });
  return {
    push: (piece) => stream.push(piece),
    end() {
      const { bytes, ranges, errors, head, structure, cuts } = stream.end();
      if (head) ended(head);
      const outcomes = [...errors].map(([operation, error]) => ({ operation, error }));
      const told = { verdicts, ranges: [...ranges], maskFailures: {}, omitted: { count: 0 } };
      const kept = (notes: JsonObject | null) => ({ pieces: structure, cuts, alreadyCut: true, notes });
      return { ...answerOf(null, outcomes, told, kept), streamedBytes: bytes };
    },
  };
}
