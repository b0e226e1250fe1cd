// The way back: the broker's answers, whole or as they come, judged anew where the policy changed meanwhile, on record, and in the order of
// their requests. Owns no socket: the spine (connection.ts) does.
import type { Verdict } from "../model/decision.ts";
import { keepsRecords } from "../model/recording.ts";
import type { Answer, AnswerServices, FrameSink } from "../protocols/protocol.ts";
import type { Job, JobAnswers } from "./job.ts";
import { isTakenAway, judgeAgain } from "./judge-again.ts";
import type { RequestHost, RequestParts } from "./request-parts.ts";
import { auditUnavailable, tellUnrecorded } from "./settle.ts";
import { kindOf } from "./traffic-counts.ts";

export class AnswerPath implements JobAnswers {
  readonly #parts: RequestParts;
  readonly #host: RequestHost;
  readonly #judge: AnswerServices["judge"];
  /** For requests whose records the recording keeps, and for all others. */
  #keeping: AnswerServices | null = null;
  #passing: AnswerServices | null = null;
  /** Bytes of answers that are being worked on. */
  #workingBytes = 0;

  constructor(parts: RequestParts, host: RequestHost, judge: AnswerServices["judge"]) {
    this.#parts = parts;
    this.#host = host;
    this.#judge = judge;
  }

  get workingBytes(): number {
    return this.#workingBytes;
  }

  servicesFor({ level }: Job): AnswerServices {
    if (keepsRecords(level)) return (this.#keeping ??= this.#services(true));
    return (this.#passing ??= this.#services(false));
  }

  #services(recordsKept: boolean): AnswerServices {
    const {
      records,
      session: { cluster },
    } = this.#parts;
    return {
      keepsRecords: recordsKept,
      judge: this.#judge,
      recordGuard: ({ masks, filters }, topic) => records.guard({ cluster, masks, filters }, topic),
    };
  }

  /** The broker's whole answer. */
  answer(job: Job, frame: Buffer): void {
    try {
      if (job.place.filled) {
        job.forward?.early?.late(frame);
        return;
      }
      job.taken = true;
      const now = this.#answeredAt(job);
      if (this.#isOutdated(job))
        this.#wait(frame, this.#judgeAgain(job), (again) => this.#answer(job, frame, now, again));
      else this.#answer(job, frame, now);
    } catch (error) {
      this.#host.fail(error);
    }
  }

  /** Milliseconds of the monotonic clock. */
  #answeredAt(job: Job): number {
    const { clock, counts } = this.#parts;
    const now = clock.monotonic();
    counts.brokerSeconds[kindOf(job.exchange)].note((now - job.sentAt) / 1000);
    return now;
  }

  #answer(job: Job, frame: Buffer, answeredAt: number, judgedAgain?: readonly Verdict[]): void {
    const verdicts = judgedAgain ?? job.verdicts;
    const answer = job.forward?.answer(frame, this.servicesFor(job), judgedAgain);
    if (answer instanceof Promise) {
      this.#wait(frame, answer, (it) => {
        const now = this.#parts.clock.monotonic();
        this.#parts.counts.maskSeconds.note((now - answeredAt) / 1000);
        this.#deliver(job, verdicts, frame, it, now);
      });
    } else if (answer) this.#deliver(job, verdicts, frame, answer, answeredAt);
  }

  #deliver(job: Job, verdicts: readonly Verdict[], frame: Buffer, answer: Answer, now: number): void {
    this.#parts.audit.rawAnswer(job.exchange, frame, answer, job.level);
    this.finish(job, verdicts, answer, now);
    // recordings have copied what they keep
    if (answer.spent === true) this.#host.broker.link?.reuse(frame);
  }

  /** The frame counts among what is being worked on until then. */
  #wait<T>(frame: Buffer, work: Promise<T>, then: (it: T) => void): void {
    this.#workingBytes += frame.length;
    work
      .finally(() => (this.#workingBytes -= frame.length))
      .then(then)
      .catch((error: unknown) => this.#host.fail(error));
  }

  /** Its answer is what counts, and was judged by a policy that is gone. */
  #isOutdated(job: Job): boolean {
    return job.exchange.delivers === true && job.revision !== this.#parts.policy.revision;
  }

  async #judgeAgain(job: Job): Promise<readonly Verdict[]> {
    const { session, policy, audit, clock } = this.#parts;
    const now = () => clock.now();
    try {
      return await judgeAgain(job.exchange, job.request, job.verdicts, { session, policy, audit, now });
    } catch (error) {
      tellUnrecorded(error, this.#parts);
      return job.verdicts.map(() => auditUnavailable);
    }
  }

  /** The client hears at once that something was taken away, however long the broker would let it wait. */
  policyChanged(job: Job): void {
    const early = job.forward?.early;
    if (!early || job.taken || job.place.filled || !this.#isOutdated(job)) return;
    this.#judgeAgain(job)
      .then((again) => {
        // the broker's answer may have come meanwhile
        if (job.taken || job.place.filled || !isTakenAway(job.verdicts, again)) return;
        this.finish(job, again, early.answer(again));
      })
      .catch((error: unknown) => this.#host.fail(error));
  }

  /** A large answer begins. It may leave as it comes when it is its turn and nothing in it is to be changed. */
  stream(job: Job): FrameSink | null {
    if (this.#host.closed || !this.#host.inFlight.isNext(job.place)) return null;
    if (this.#isOutdated(job)) return null;
    const stream = job.forward?.stream?.(this.servicesFor(job)) ?? null;
    if (!stream) return null;
    job.stream = stream;
    job.taken = true;
    this.#answeredAt(job);
    return {
      push: (piece) => {
        if (!this.#host.closed) this.#host.send(stream.push(piece));
      },
      end: () => {
        job.stream = null;
        this.finish(job, job.verdicts, stream.end());
      },
    };
  }

  /** The connection ends before the answer was there. */
  lost(job: Job): void {
    // what has left of it was read, whatever becomes of the rest
    if (job.stream) this.#parts.audit.answered(job.exchange, job.request, job.verdicts, job.stream.end(), job.level);
    job.stream = null;
    // an approved operation was sent, and nobody knows whether it happened
    this.#report(job.verdicts, null);
  }

  /** The answer is on record, and leaves when it is its turn. */
  finish(job: Job, verdicts: readonly Verdict[], answer: Answer, now = this.#parts.clock.monotonic()): void {
    if (this.#host.closed) return;
    this.#parts.counts.requestSeconds[kindOf(job.exchange)].note((now - job.startedAt) / 1000);
    this.#parts.audit.answered(job.exchange, job.request, verdicts, answer, job.level);
    this.#report(verdicts, answer);
    this.#host.inFlight.fill(job.place, answer.bytes);
    this.#host.moved();
  }

  /** Tells what became of each operation that was approved by people: nobody knows without an answer; what it does not name is told nowhere. */
  #report(verdicts: readonly Verdict[], answer: Answer | null): void {
    for (let index = 0; index < verdicts.length; index++) {
      const verdict = verdicts[index];
      if (verdict?.kind !== "allow" || !verdict.approval) continue;
      const result = answer ? answer.outcomes.findLast(({ operation }) => operation === index)?.error : "UNKNOWN";
      if (result !== undefined) void this.#parts.hold.gate?.report(verdict.approval.id, result);
    }
  }
}
