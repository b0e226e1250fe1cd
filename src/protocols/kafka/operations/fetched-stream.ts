// A Fetch answer on its way to the client as it is, where everything was allowed and nothing is masked, filtered or kept: a large one as it comes, a
// small one as a whole. Neither is decoded, so that a partition costs the same in both.
import type { JsonObject } from "../../../base/json.ts";
import type { Verdict } from "../../../model/decision.ts";
import type { AnswerServices } from "../../protocol.ts";
import { answerOf } from "../answer.ts";
import { type PassingAnswer, passesWhole, type RuleContext } from "../rule.ts";
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
): PassingAnswer {
  const stream = new FetchStream(version, {
    operationOf,
    nameOf: (key) => (version >= topicIdVersion ? (topics.nameOf(key) ?? "") : key),
  });
  const told = () => {
    const { errors, head, ranges, ...rest } = stream.end();
    if (head) ended(head);
    const outcomes = [...errors].map(([operation, error]) => ({ operation, error }));
    return { ...rest, outcomes, context: { verdicts, ranges, maskFailures: {}, omitted: { count: 0 } } };
  };
  return {
    push: (piece) => stream.push(piece),
    end() {
      const { bytes, outcomes, context, structure, cuts } = told();
      const kept = (notes: JsonObject | null) => ({ pieces: structure, cuts, alreadyCut: true, notes });
      return { ...answerOf(null, outcomes, context, kept), streamedBytes: bytes };
    },
    whole(frame) {
      if (!stream.passes(frame)) return null;
      const { outcomes, context, cuts } = told();
      return answerOf([frame], outcomes, context, (notes) => ({ pieces: [frame], cuts, notes }));
    },
  };
}
