// One Kafka request on its way: joins a rule with the bytes. Decides nothing and waits for nobody; what leaves unchanged leaves
// as the very bytes that came in.
import type { JsonObject } from "../../base/json.ts";
import { after, type Maybe } from "../../base/maybe.ts";
import type { Verdict } from "../../model/decision.ts";
import type { Operation } from "../../model/operation.ts";
import type { Answer, AnswerServices, EarlyAnswer, Enforced, Exchange, ExchangeFacts } from "../protocol.ts";
import { answerOf } from "./answer.ts";
import { encodeRequestFrame, encodeResponsePieces, type RequestHeader, responseBodyOffset } from "./header.ts";
import type { RespondContext, Rule, RuleContext } from "./rule.ts";

export class KafkaExchange<Req, Res> implements Exchange {
  readonly api: string;
  readonly version: number;
  readonly correlation: number;
  readonly operations: readonly Operation[];
  readonly #rule: Rule<Req, Res>;
  readonly #request: Req;
  readonly #frame: Buffer;
  readonly #header: RequestHeader;
  readonly #context: RuleContext;

  constructor(rule: Rule<Req, Res>, request: Req, frame: Buffer, header: RequestHeader, context: RuleContext) {
    this.#rule = rule;
    this.#request = request;
    this.#frame = frame;
    this.#header = header;
    this.#context = context;
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

  facts(operation: number): Promise<ExchangeFacts> {
    const facts = this.#rule.facts?.(this.#request, operation, this.#context);
    return facts ?? Promise.resolve({ pinned: {}, shown: {}, wouldFail: null });
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

  summary(): JsonObject {
    return {
      operations: this.operations.map(({ name, resource }) => ({ name, resource: resource.name })),
      ...this.#rule.summary?.(this.#request),
    };
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
    const bytes = encodeResponsePieces(this.#rule.api, this.version, this.correlation, response);
    const outcomes = this.#rule.outcomes(response, this.#request, this.#context);
    return answerOf(
      bytes,
      outcomes,
      { verdicts, ranges: [], maskFailures: this.#unreadable(), omitted: { count: 0 }, records: [] },
      this.#rule.blocked?.(this.#request),
    );
  }

  #answer(frame: Buffer, verdicts: readonly Verdict[], services: AnswerServices): Answer | Promise<Answer> {
    const { api } = this.#rule;
    const response = api.response.decode(frame, responseBodyOffset(api, this.version, frame), this.version);
    const context: RespondContext = {
      ...this.#context,
      services,
      verdicts,
      ranges: [],
      maskFailures: this.#unreadable(),
      omitted: { count: 0 },
      records: [],
    };
    const changed = this.#rule.respond(response, this.#request, context);
    if (changed instanceof Promise) return changed.then((it) => this.#finish(frame, response, it, context));
    return this.#finish(frame, response, changed, context);
  }

  #finish(frame: Buffer, before: Res, response: Res, context: RespondContext): Answer {
    const bytes =
      response === before ? [frame] : encodeResponsePieces(this.#rule.api, this.version, this.correlation, response);
    const outcomes = this.#rule.outcomes(response, this.#request, context);
    return answerOf(bytes, outcomes, context, this.#rule.blocked?.(this.#request));
  }

  #unreadable(): Record<string, number> {
    return { ...this.#rule.unreadable?.(this.#request) };
  }
}
