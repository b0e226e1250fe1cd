// A Produce request whose records nobody has to touch: scanned instead of decoded, forwarded in the pieces in which it came. As soon as anything
// in it is refused or to be changed, the whole request is decoded and operations/produce.ts goes on with it.
import { finder } from "../../../base/by-key.ts";
import type { Verdict } from "../../../model/decision.ts";
import type { Operation } from "../../../model/operation.ts";
import type { Cut, KeptFrame } from "../../../model/recording.ts";
import { type Frame, framePieces, ownFrame } from "../../frame.ts";
import type { Answer, AnswerServices, Enforced, Exchange, ExchangeFacts } from "../../protocol.ts";
import { withEndpoints } from "../addresses.ts";
import { answerOf, type Told } from "../answer.ts";
import { encodeResponsePieces, responseBodyOffset } from "../header.ts";
import { newTopicNames } from "../kept.ts";
import { type ProduceResponse, produce } from "../messages/produce.ts";
import { passesWhole, type RuleContext } from "../rule.ts";
import type { ScannedProduce, ScannedTopic } from "../stream/produce-scan.ts";
import { topicKey, topicName, topicWrite, transactionWrite } from "./describe.ts";
import { produceOutcomes, tellWritten } from "./produce.ts";

/** The broker gives them. */
const unknownOffsets = { firstOffset: -1n, lastOffset: -1n };

export class PlainProduce implements Exchange {
  readonly api = produce.name;
  readonly version: number;
  readonly correlation: number;
  readonly operations: readonly Operation[];
  readonly neverHeld = true;
  readonly #frame: Frame;
  readonly #scanned: ScannedProduce;
  readonly #context: RuleContext;
  readonly #told: Set<string>;
  readonly #decoded: (whole: Buffer) => Exchange;

  /** `decoded` makes the exchange of a request that is not plain any more. */
  constructor(
    frame: Frame,
    scanned: ScannedProduce,
    context: RuleContext,
    told: Set<string>,
    decoded: (whole: Buffer) => Exchange,
  ) {
    this.#told = told;
    this.#frame = frame;
    this.#scanned = scanned;
    this.#context = context;
    this.#decoded = decoded;
    this.version = scanned.header.apiVersion;
    this.correlation = scanned.header.correlationId;
    const { transactionalId, topics } = scanned;
    const writes = topics.map((topic) => topicWrite(topicName(topic, context)));
    this.operations = transactionalId === null ? writes : [transactionWrite(transactionalId), ...writes];
  }

  facts(): Promise<ExchangeFacts> {
    return Promise.resolve({ pinned: {}, shown: {}, wouldFail: null });
  }

  enforce(verdicts: readonly Verdict[], services: AnswerServices): Enforced | Promise<Enforced> {
    if (services.keepsRecords || !verdicts.every(passesWhole))
      return this.#decoded(ownFrame(this.#frame)).enforce(verdicts, services);
    const answered = this.#scanned.acks !== 0;
    return {
      kind: "forward",
      bytes: this.#frame,
      answered,
      sent: answered ? [] : this.#scanned.topics.flatMap((topic) => this.#sent(topic)),
      answer: (answer) => this.#answer(answer, verdicts),
    };
  }

  readonly carriesRecords = true;

  kept(): KeptFrame {
    const notes = newTopicNames(this.#scanned, (id) => this.#context.topics.nameOf(id), this.#told);
    const cuts: Cut[] = [];
    for (const { partitions } of this.#scanned.topics)
      for (const { at, bytes: length, records } of partitions)
        if (length > 0) cuts.push({ at, length, records: { batches: 1, records, ...unknownOffsets } });
    return { pieces: framePieces(this.#frame), cuts, notes };
  }

  #sent(topic: ScannedTopic) {
    const name = topicName(topic, this.#context);
    const { partitions } = topic;
    return partitions.map(({ index, records, bytes }) => ({
      topic: name,
      partition: index,
      records,
      bytes,
      masked: {},
    }));
  }

  #answer(frame: Buffer, verdicts: readonly Verdict[]): Answer | Promise<Answer> {
    const response = produce.response.decode(frame, responseBodyOffset(produce, this.version, frame), this.version);
    const context = this.#context;
    const told: Told = { verdicts, ranges: [], maskFailures: {}, omitted: { count: 0 } };
    tellWritten(response, (topic) => this.#partitionsOf(topicKey(topic)), context, told.ranges);
    const changed = withEndpoints(response, context.book);
    if (changed instanceof Promise) return changed.then((it) => this.#finish(frame, response, it, told));
    return this.#finish(frame, response, changed, told);
  }

  #partitionsOf(key: string) {
    for (const topic of this.#scanned.topics)
      if (topicKey(topic) === key) return finder(topic.partitions, ({ index }) => index);
    return undefined;
  }

  #finish(frame: Buffer, before: ProduceResponse, response: ProduceResponse, told: Told): Answer {
    const pieces =
      response === before ? [frame] : encodeResponsePieces(produce, this.version, this.correlation, response).pieces;
    const wholes = this.#scanned.transactionalId === null ? 0 : 1;
    const outcomes = produceOutcomes(response, this.#scanned.topics, wholes);
    return answerOf(pieces, outcomes, told, (notes) => ({ pieces, cuts: [], notes }));
  }
}
