// One request under way: its place in the order, the name that joins its events, what was decided of it; and, once it was sent, what the
// broker's answer belongs to. Holds what is known and does nothing by itself.
import type { Verdict } from "../model/decision.ts";
import type { PayloadLevel } from "../model/recording.ts";
import type { AnswerStream, Enforced, Exchange, FrameSink } from "../protocols/protocol.ts";
import type { Expected, Place } from "./in-flight.ts";

export type Forward = Extract<Enforced, { kind: "forward" }>;

/** What was known when a request was judged. */
export interface Judged {
  /** The policy in force then. */
  readonly revision: string;
  /** How much the recording keeps of it. */
  readonly level: PayloadLevel;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
}

/** Where the broker's answers go. */
export interface JobAnswers {
  stream(job: Job): FrameSink | null;
  answer(job: Job, frame: Buffer): void;
  policyChanged(job: Job): void;
  lost(job: Job): void;
}

export class Job implements Expected {
  readonly exchange: Exchange;
  readonly request: string;
  readonly place: Place;
  readonly revision: string;
  readonly level: PayloadLevel;
  readonly #answers: JobAnswers;
  /** When it came, and when it was sent on; the same unless it had to wait. */
  readonly startedAt: number;
  sentAt: number;
  verdicts: readonly Verdict[] = [];
  forward: Forward | null = null;
  stream: AnswerStream | null = null;
  /** The broker's answer has come, or begun to. */
  taken = false;

  constructor(exchange: Exchange, request: string, place: Place, judged: Judged, answers: JobAnswers) {
    this.exchange = exchange;
    this.level = judged.level;
    this.request = request;
    this.place = place;
    this.revision = judged.revision;
    this.startedAt = judged.startedAt;
    this.sentAt = judged.startedAt;
    this.#answers = answers;
  }

  get correlation(): number {
    return this.exchange.correlation;
  }

  get asked(): string {
    return this.exchange.api;
  }

  begin(): FrameSink | null {
    return this.#answers.stream(this);
  }

  take(frame: Buffer): void {
    this.#answers.answer(this, frame);
  }

  policyChanged(): void {
    this.#answers.policyChanged(this);
  }

  lost(): void {
    this.#answers.lost(this);
  }
}
