// One Kafka request on its way: joins a rule with the bytes. Decides nothing and waits for nobody; what leaves unchanged leaves
// as the very bytes that came in.
import type { JsonObject } from "../../base/json.ts";
import { after, type Maybe } from "../../base/maybe.ts";
import type { Verdict } from "../../model/decision.ts";
import type { Operation } from "../../model/operation.ts";
import type { KeptFrame } from "../../model/recording.ts";
import type {
  Answer,
  AnswerServices,
  BrokerChannel,
  EarlyAnswer,
  Enforced,
  Exchange,
  ExchangeFacts,
  OtherBrokers,
} from "../protocol.ts";
import { answerOf, type Told } from "./answer.ts";
import { nothing } from "./facts/common.ts";
import {
  type EncodedPieces,
  encodeRequestFrame,
  encodeResponsePieces,
  type RequestHeader,
  responseBodyOffset,
} from "./header.ts";
import { digestByRanges, keptAsEncoded, keptAsItCame, newTopicNames, scannedDigest } from "./kept.ts";
import { type Ask, type CutList, isRefused, type RespondContext, type Rule, type RuleContext } from "./rule.ts";

export interface KafkaRequest<Req> {
  readonly request: Req;
  /** What goes on where nobody changes it. */
  readonly frame: Buffer;
  /** What the request was decoded from: the frame, and what may have stood behind it. */
  readonly decoded: Buffer;
  readonly header: RequestHeader;
  readonly context: RuleContext;
  /** Questions over another channel than the session's. */
  asker(channel: BrokerChannel): Ask;
  /** Topic ids whose names this session's recording has. */
  readonly told: Set<string>;
}

export class KafkaExchange<Req, Res> implements Exchange {
  readonly api: string;
  readonly version: number;
  readonly correlation: number;
  readonly operations: readonly Operation[];
  readonly #rule: Rule<Req, Res>;
  readonly #request: Req;
  readonly #frame: Buffer;
  /** What the request was decoded from: the frame, and what may have stood behind it. */
  readonly #decoded: Buffer;
  readonly #told: Set<string>;
  readonly #header: RequestHeader;
  readonly #context: RuleContext;
  readonly #asker: KafkaRequest<Req>["asker"];

  constructor(rule: Rule<Req, Res>, { request, frame, decoded, header, context, asker, told }: KafkaRequest<Req>) {
    this.#decoded = decoded;
    this.#told = told;
    this.#rule = rule;
    this.#request = request;
    this.#frame = frame;
    this.#header = header;
    this.#context = context;
    this.#asker = asker;
    this.api = rule.api.name;
    this.version = header.apiVersion;
    this.correlation = header.correlationId;
    this.operations = rule.describe(request, context);
  }

  get neverHeld(): boolean {
    return this.#rule.neverHeld;
  }

  get nativeWait(): boolean {
    return this.version >= (this.#rule.nativeWaitFrom ?? Number.POSITIVE_INFINITY);
  }

  get delivers(): boolean {
    return this.#rule.delivers ?? false;
  }

  facts(operation: number, others: OtherBrokers | null): Promise<ExchangeFacts> {
    const { session, ask } = this.#context;
    const askNode = (brokers: OtherBrokers) => (node: number) =>
      node === session.node ? ask : this.#askerOf(brokers, node);
    const context = { ...this.#context, askNode: others && askNode(others) };
    const facts = this.#rule.facts?.(this.#request, operation, context);
    return facts ?? Promise.resolve(nothing);
  }

  #askerOf(brokers: OtherBrokers, node: number): Ask {
    return async (api, version, request) => this.#asker(await brokers.channel(node))(api, version, request);
  }

  enforce(verdicts: readonly Verdict[], services: AnswerServices): Maybe<Enforced> {
    const restricted = this.#rule.restrict(this.#request, verdicts, this.#context);
    if (restricted === null || !this.#rule.guard) return this.#forward(restricted, verdicts);
    const guarded = this.#rule.guard(restricted, this.#request, { ...this.#context, services, verdicts });
    return after(guarded, (it) => this.#forward(it, verdicts));
  }

  #forward(restricted: Req | null, verdicts: readonly Verdict[]): Enforced {
    if (restricted === null) return this.#refuse(verdicts);
    const bytes = restricted === this.#request ? this.#frame : this.#encode(restricted);
    const answered = this.#rule.answered?.(this.#request) ?? true;
    const sent = answered ? [] : (this.#rule.sent?.(restricted, this.#context) ?? []);
    const rule = this.#rule;
    return {
      kind: "forward",
      bytes,
      answered,
      sent,
      answer: (frame, services, again) => this.#answer(frame, again ?? verdicts, services),
      ...(rule.stream && {
        stream: (services: AnswerServices) => rule.stream?.(this.#request, verdicts, services, this.#context) ?? null,
      }),
      early: rule.early ? this.#early(rule.early) : null,
    };
  }

  get carriesRecords(): boolean {
    return this.#rule.records?.request !== undefined;
  }

  kept(): KeptFrame {
    const { records, withoutSecrets } = this.#rule;
    const notes = newTopicNames(this.#request, (id) => this.#context.topics.nameOf(id), this.#told);
    if (withoutSecrets?.request) {
      return { pieces: [this.#encode(withoutSecrets.request(this.#request))], cuts: [], notes };
    }
    return keptAsItCame(this.#frame, this.#decoded, records?.request?.(this.#request) ?? [], scannedDigest, notes);
  }

  #early(early: NonNullable<Rule<Req, Res>["early"]>): EarlyAnswer {
    const { api } = this.#rule;
    return {
      answer: (verdicts) => this.#own(early.answer(this.#request, verdicts, this.#context), verdicts),
      late: (frame) => {
        const response = api.response.decode(frame, responseBodyOffset(api, this.version, frame), this.version);
        early.late(response, this.#request, this.#context);
      },
    };
  }

  #encode(request: Req): Buffer {
    const { apiVersion, correlationId, clientId, unknownTaggedFields } = this.#header;
    return encodeRequestFrame(this.#rule.api, apiVersion, correlationId, clientId, request, unknownTaggedFields);
  }

  #refuse(verdicts: readonly Verdict[]): Enforced {
    const response = this.#rule.refuse(this.#request, verdicts, this.#context);
    if (response === null) return { kind: "close", reason: `${this.api} was refused, and has no answer to say so` };
    return { kind: "answer", answer: this.#own(response, verdicts) };
  }

  /** An answer that the broker did not give. */
  #own(response: Res, verdicts: readonly Verdict[]): Answer {
    const context = { verdicts, ranges: [], maskFailures: this.#unreadable(), omitted: { count: 0 } };
    return this.#answerOf(response, this.#encodeAnswer(response), context);
  }

  #answer(frame: Buffer, verdicts: readonly Verdict[], services: AnswerServices): Answer | Promise<Answer> {
    const passed = this.#rule.stream?.(this.#request, verdicts, services, this.#context)?.whole(frame);
    return passed ?? this.#decode(frame, verdicts, services);
  }

  #decode(frame: Buffer, verdicts: readonly Verdict[], services: AnswerServices): Answer | Promise<Answer> {
    const context: RespondContext = {
      ...this.#context,
      services,
      verdicts,
      ranges: [],
      maskFailures: this.#unreadable(),
      omitted: { count: 0 },
    };
    const cut = this.#rule.cutList?.(frame, this.#request, context) ?? null;
    return after(cut, (list) => this.#respond(list?.rest ?? frame, list, context));
  }

  #respond(frame: Buffer, list: CutList | null, context: RespondContext): Answer | Promise<Answer> {
    const { api } = this.#rule;
    const before = api.response.decode(frame, responseBodyOffset(api, this.version, frame), this.version);
    const responding = this.#rule.respond(before, this.#request, context);
    // what takes time is told in the order in which it was done, not in that of the answer
    const digest = () => (responding instanceof Promise ? scannedDigest : digestByRanges(context.ranges));
    return after(responding, (response) => {
      const encoded = response === before ? { pieces: [frame], byteFields: null } : this.#encodeAnswer(response);
      const answer = this.#answerOf(response, list ? withList(list, encoded) : encoded, context, digest);
      return this.#isSpent(frame, answer, context) ? { ...answer, spent: true } : answer;
    });
  }

  #isSpent({ buffer }: Buffer, { bytes }: Answer, { verdicts }: RespondContext): boolean {
    if (this.#rule.forgets !== true || verdicts.some(isRefused)) return false;
    return bytes?.every((piece) => piece.buffer !== buffer) ?? false;
  }

  #encodeAnswer(response: Res): EncodedPieces {
    return encodeResponsePieces(this.#rule.api, this.version, this.correlation, response);
  }

  #answerOf(
    response: Res,
    { pieces, byteFields }: Encoded,
    context: Told,
    digestOf = () => digestByRanges(context.ranges),
  ): Answer {
    const outcomes = this.#rule.outcomes(response, this.#request, this.#context);
    const kept = (notes: JsonObject | null): KeptFrame => {
      const { records, withoutSecrets } = this.#rule;
      if (withoutSecrets?.response) {
        const { pieces: safe } = this.#encodeAnswer(withoutSecrets.response(response));
        return { pieces: safe, cuts: [], notes };
      }
      const its = records?.response?.(response) ?? [];
      const digest = digestOf();
      const [frame] = pieces;
      if (byteFields === null && frame) return keptAsItCame(frame, frame, its, digest, notes);
      return keptAsEncoded(pieces, byteFields ?? [], its, digest, notes);
    };
    return answerOf(pieces, outcomes, context, kept, this.#rule.blocked?.(this.#request));
  }

  #unreadable(): Record<string, number> {
    return { ...this.#rule.unreadable?.(this.#request) };
  }
}

interface Encoded {
  readonly pieces: readonly Buffer[];
  /** Null where the frame is the broker's own. */
  readonly byteFields: EncodedPieces["byteFields"] | null;
}

function withList(list: CutList, { pieces }: Encoded): Encoded {
  return { pieces: list.put(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)), byteFields: [] };
}
