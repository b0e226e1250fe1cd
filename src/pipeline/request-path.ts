// One connection's requests on their way: decide → record → hold → enforce → forward, and each answer back. Traffic that was decided
// before passes without a promise; only a first decision or a hold waits. Owns no socket: the spine (connection.ts) does.
import { assertNever } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { describeError, LockkeeperError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Grant } from "../model/approval.ts";
import type { Decision, Verdict } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import { keepsRecords, type PayloadLevel } from "../model/recording.ts";
import type { Session } from "../model/session.ts";
import type { Answer, AnswerServices, AnswerStream, Enforced, Exchange, FrameSink } from "../protocols/protocol.ts";
import type { BrokerLink } from "./broker-link.ts";
import { awaitVerdicts, type HoldParts, refused, verdictOf } from "./hold.ts";
import type { Expected, InFlight, Place } from "./in-flight.ts";
import { isTakenAway, judgeAgain } from "./judge-again.ts";
import type { RecordGuards } from "./records/record-guards.ts";
import type { SessionAudit } from "./session-audit.ts";
import { kindOf, type TrafficCounts } from "./traffic-counts.ts";

/** policy/engine.ts states what this promises. */
export interface Decider {
  /** Names the policy in force. */
  readonly revision: string;
  decide(
    context: { readonly session: Session; readonly now: number },
    operations: readonly Operation[],
  ): readonly Decision[];
}

export interface RequestParts {
  readonly session: Session;
  readonly policy: Decider;
  readonly hold: HoldParts;
  readonly audit: SessionAudit;
  readonly counts: TrafficCounts;
  readonly clock: Clock;
  readonly log: Log;
  readonly records: RecordGuards;
  /** Roles that a principal has for a time; the same list until it changes. */
  grants?(session: Session): readonly Grant[];
}

/** What the path needs of its connection. */
export interface RequestHost {
  readonly inFlight: InFlight;
  /** Aborted when the client goes away. */
  readonly gone: AbortSignal;
  readonly link: BrokerLink | null;
  readonly closed: boolean;
  /** Writes to the client what belongs to the place that is next. */
  send(pieces: readonly Buffer[]): void;
  /** Something was answered: there may be room again. */
  moved(): void;
  abort(reason: string): void;
  fail(error: unknown): void;
}

type Forward = Extract<Enforced, { kind: "forward" }>;

/** What was known when a request was judged. */
type Judged = Pick<Job, "revision" | "level" | "startedAt">;

/** One request's place in the order, with the name that joins its events; once it was sent, what the broker's answer belongs to. */
class Job implements Expected {
  readonly exchange: Exchange;
  readonly request: string;
  readonly place: Place;
  /** The policy in force when it was judged. */
  readonly revision: string;
  /** How much the recording keeps of it. */
  readonly level: PayloadLevel;
  readonly #path: RequestPath;
  /** Milliseconds of the monotonic clock: when it came, and when it was sent on; the same unless it had to wait. */
  readonly startedAt: number;
  sentAt: number;
  verdicts: readonly Verdict[] = [];
  forward: Forward | null = null;
  stream: AnswerStream | null = null;
  /** The broker's answer has come, or begun to. */
  taken = false;

  constructor(exchange: Exchange, request: string, place: Place, judged: Judged, path: RequestPath) {
    this.exchange = exchange;
    this.level = judged.level;
    this.request = request;
    this.place = place;
    this.revision = judged.revision;
    this.startedAt = judged.startedAt;
    this.sentAt = judged.startedAt;
    this.#path = path;
  }

  get correlation(): number {
    return this.exchange.correlation;
  }

  begin(): FrameSink | null {
    return this.#path.stream(this);
  }

  take(frame: Buffer): void {
    this.#path.answer(this, frame);
  }

  policyChanged(): void {
    this.#path.policyChanged(this);
  }

  lost(): void {
    this.#path.lost(this);
  }
}

export class RequestPath {
  readonly #parts: RequestParts;
  readonly #host: RequestHost;
  /** For requests whose records the recording keeps, and for all others. */
  readonly #keeping: AnswerServices;
  readonly #passing: AnswerServices;
  #requests = 0;
  /** Bytes of answers that are being worked on. */
  #answeringBytes = 0;

  constructor(parts: RequestParts, host: RequestHost) {
    this.#parts = parts;
    this.#host = host;
    this.#passing = {
      keepsRecords: false,
      judge: (operations) => this.#decide(operations),
      recordGuard: ({ masks, filters }, topic) =>
        parts.records.guard({ cluster: parts.session.cluster, masks, filters }, topic),
    };
    this.#keeping = { ...this.#passing, keepsRecords: true };
  }

  get answeringBytes(): number {
    return this.#answeringBytes;
  }

  /** Undefined when the request went through at once; else resolves when the next one may come. */
  take(exchange: Exchange, frameBytes: number): Promise<void> | undefined {
    const { audit, session, clock, counts } = this.#parts;
    const { revision } = this.#parts.policy;
    const place = this.#host.inFlight.place();
    const startedAt = clock.monotonic();
    const decisions = this.#decide(exchange.operations);
    if (this.#requests % timedOneIn === 0) counts.decideSeconds.note((clock.monotonic() - startedAt) / 1000);
    const level = audit.level(decisions);
    const judged = { revision, level, startedAt };
    const job = new Job(exchange, `${session.id}.${this.#requests++}`, place, judged, this);
    audit.request(exchange, frameBytes, level);
    const recorded = audit.decided(exchange, job.request, decisions);
    const verdicts = allSettled(decisions);
    if (recorded || !verdicts) return this.#settle(job, decisions, recorded);
    return this.#enforce(job, verdicts);
  }

  #decide(operations: readonly Operation[]): readonly Decision[] {
    if (operations.length === 0) return [];
    const { session, policy, clock, grants } = this.#parts;
    if (grants) session.grants = grants(session);
    return policy.decide({ session, now: clock.now() }, operations);
  }

  /** Waits for the record, then for people; a decision that could not be recorded is a refusal. */
  async #settle(job: Job, decisions: readonly Decision[], recorded: Promise<void> | undefined): Promise<void> {
    let verdicts: readonly Verdict[] | null;
    try {
      await recorded;
      verdicts = allSettled(decisions);
    } catch (error) {
      this.#tellUnrecorded(error);
      // a request that only lists has no form for a refusal: it ends as every abuse does
      if (decisions.length === 0) return this.#host.abort("audit-unavailable: the request could not be recorded");
      verdicts = decisions.map(() => auditUnavailable);
    }
    if (verdicts === null) {
      verdicts = await this.#hold(job, decisions);
      // nothing that people were asked about runs without a client to answer to, nor what came with it
      if (this.#host.gone.aborted) return this.#giveBack(verdicts);
    }
    job.sentAt = this.#parts.clock.monotonic();
    if (!this.#host.closed) await this.#enforce(job, verdicts);
  }

  async #hold(job: Job, decisions: readonly Decision[]): Promise<readonly Verdict[]> {
    const verdicts = await this.#await(job, decisions);
    return Promise.all(
      verdicts.map(async (verdict, index) => {
        const operation = job.exchange.operations[index];
        if (decisions[index]?.outcome !== "hold" || !operation) return verdict;
        return this.#recordSettled(job, operation, verdict);
      }),
    );
  }

  async #await(job: Job, decisions: readonly Decision[]): Promise<readonly Verdict[]> {
    const { clock, hold, counts } = this.#parts;
    const from = clock.monotonic();
    counts.holds.waiting++;
    try {
      return await awaitVerdicts(job.exchange, decisions, hold, this.#host.gone);
    } finally {
      counts.holds.waiting--;
      counts.holdSeconds.note((clock.monotonic() - from) / 1000);
    }
  }

  async #recordSettled(job: Job, operation: Operation, verdict: Verdict): Promise<Verdict> {
    try {
      await this.#parts.audit.settled(job.exchange, job.request, operation, verdict);
      this.#parts.counts.holds[verdict.kind]++;
      return verdict;
    } catch (error) {
      this.#tellUnrecorded(error);
      // nothing is sent now: what was used up for it can be used again
      await this.#giveBack([verdict]);
      return auditUnavailable;
    }
  }

  /** Of several that were held together some may be approved when the client leaves: nothing was sent, so nothing is used up. */
  async #giveBack(verdicts: readonly Verdict[]): Promise<void> {
    for (const verdict of verdicts) {
      if (verdict.kind === "allow" && verdict.approval) await this.#parts.hold.gate?.giveBack(verdict.approval.id);
    }
  }

  #servicesFor({ level }: Job): AnswerServices {
    return keepsRecords(level) ? this.#keeping : this.#passing;
  }

  #tellUnrecorded(error: unknown): void {
    this.#parts.log.error({ session: this.#parts.session.id, error: describeError(error) }, "decision not recorded");
  }

  /** A promise where records have to be masked before they go on: what follows on this connection waits for it. */
  #enforce(job: Job, verdicts: readonly Verdict[]): Promise<void> | undefined {
    const enforced = job.exchange.enforce(verdicts, this.#servicesFor(job));
    if (enforced instanceof Promise) {
      return enforced.then((it) => {
        job.sentAt = this.#parts.clock.monotonic();
        if (!this.#host.closed) this.#proceed(job, verdicts, it);
      });
    }
    this.#proceed(job, verdicts, enforced);
    return undefined;
  }

  #proceed(job: Job, verdicts: readonly Verdict[], enforced: Enforced): void {
    switch (enforced.kind) {
      case "answer":
        this.#finish(job, verdicts, enforced.answer);
        return;
      case "close":
        this.#host.abort(enforced.reason);
        return;
      case "forward":
        this.#forward(job, verdicts, enforced);
        return;
      default:
        assertNever(enforced);
    }
  }

  #forward(job: Job, verdicts: readonly Verdict[], enforced: Forward): void {
    const { link, inFlight } = this.#host;
    if (!link) throw new LockkeeperError("broker-unavailable", "no broker connection");
    if (enforced.answered) {
      job.verdicts = verdicts;
      job.forward = enforced;
      inFlight.expect(job);
    } else {
      this.#parts.audit.sent(enforced.sent);
      inFlight.fill(job.place, null);
    }
    this.#parts.audit.forwarded(job.exchange, enforced.bytes, job.level);
    link.write(enforced.bytes);
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
    const { clock, counts } = this.#parts;
    const verdicts = judgedAgain ?? job.verdicts;
    const finish = (it: Answer, now: number) => {
      this.#parts.audit.rawAnswer(job.exchange, frame, it, job.level);
      this.#finish(job, verdicts, it, now);
    };
    const answer = job.forward?.answer(frame, this.#servicesFor(job), judgedAgain);
    if (answer instanceof Promise) {
      this.#wait(frame, answer, (it) => {
        const now = clock.monotonic();
        counts.maskSeconds.note((now - answeredAt) / 1000);
        finish(it, now);
      });
    } else if (answer) finish(answer, answeredAt);
  }

  /** The frame counts among what is being worked on until then. */
  #wait<T>(frame: Buffer, work: Promise<T>, then: (it: T) => void): void {
    this.#answeringBytes += frame.length;
    work
      .finally(() => (this.#answeringBytes -= frame.length))
      .then(then)
      .catch((error: unknown) => this.#host.fail(error));
  }

  /** Its answer is what counts, and was judged by a policy that is gone. */
  #isOutdated(job: Job): boolean {
    return job.exchange.delivers === true && job.revision !== this.#parts.policy.revision;
  }

  async #judgeAgain(job: Job): Promise<readonly Verdict[]> {
    const { clock } = this.#parts;
    try {
      return await judgeAgain(job.exchange, job.request, job.verdicts, { ...this.#parts, now: () => clock.now() });
    } catch (error) {
      this.#tellUnrecorded(error);
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
        this.#finish(job, again, early.answer(again));
      })
      .catch((error: unknown) => this.#host.fail(error));
  }

  /** A large answer begins. It may leave as it comes when it is its turn and nothing in it is to be changed. */
  stream(job: Job): FrameSink | null {
    if (this.#host.closed || !this.#host.inFlight.isNext(job.place)) return null;
    if (this.#isOutdated(job)) return null;
    const stream = job.forward?.stream?.(this.#servicesFor(job)) ?? null;
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
        this.#finish(job, job.verdicts, stream.end());
      },
    };
  }

  /** The connection ends before the answer was there. */
  lost(job: Job): void {
    // what has left of it was read, whatever becomes of the rest
    if (job.stream) this.#parts.audit.answered(job.exchange, job.request, job.verdicts, job.stream.end(), job.level);
    job.stream = null;
    // an approved operation was sent, and nobody knows whether it happened
    this.#report(job.verdicts, () => "UNKNOWN");
  }

  #finish(job: Job, verdicts: readonly Verdict[], answer: Answer, now = this.#parts.clock.monotonic()): void {
    if (this.#host.closed) return;
    this.#parts.counts.requestSeconds[kindOf(job.exchange)].note((now - job.startedAt) / 1000);
    this.#parts.audit.answered(job.exchange, job.request, verdicts, answer, job.level);
    const errors = new Map(answer.outcomes.map(({ operation, error }) => [operation, error]));
    this.#report(verdicts, (operation) => errors.get(operation));
    this.#host.inFlight.fill(job.place, answer.bytes);
    this.#host.moved();
  }

  /** Tells what became of each operation that was approved by people; undefined is told nowhere. */
  #report(verdicts: readonly Verdict[], resultOf: (operation: number) => string | undefined): void {
    for (const [operation, verdict] of verdicts.entries()) {
      if (verdict.kind !== "allow" || !verdict.approval) continue;
      const result = resultOf(operation);
      if (result !== undefined) void this.#parts.hold.gate?.report(verdict.approval.id, result);
    }
  }
}

/** Decisions whose time is measured; the first of each connection is. */
const timedOneIn = 16;

const auditUnavailable = refused(
  "audit-unavailable",
  "The audit log cannot be written, so nothing new may happen. Tell whoever runs the gateway.",
);

/** The verdicts when nothing is open, else null. */
function allSettled(decisions: readonly Decision[]): readonly Verdict[] | null {
  const verdicts: Verdict[] = [];
  for (const decision of decisions) {
    const verdict = verdictOf(decision);
    if (!verdict) return null;
    verdicts.push(verdict);
  }
  return verdicts;
}
