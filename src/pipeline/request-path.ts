// One connection's requests on their way: decide → record → hold → enforce → forward. Traffic that was decided before passes without a
// promise; only a first decision or a hold waits (settle.ts). The way back is answer-path.ts. Owns no socket: the spine (connection.ts) does.
import { assertNever } from "../base/assert.ts";
import { LockkeeperError } from "../base/errors.ts";
import type { Decision, Verdict } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import type { Enforced, Exchange } from "../protocols/protocol.ts";
import { AnswerPath } from "./answer-path.ts";
import { type Forward, Job } from "./job.ts";
import type { RequestHost, RequestParts } from "./request-parts.ts";
import { allSettled, settle } from "./settle.ts";

/** Decisions whose time is measured; the first of each connection is. */
const timedOneIn = 16;

export class RequestPath {
  readonly #parts: RequestParts;
  readonly #host: RequestHost;
  readonly #answers: AnswerPath;
  #requests = 0;
  /** What the last decisions took, where that was long. */
  #slowMs = 0;
  #paced = false;

  constructor(parts: RequestParts, host: RequestHost) {
    this.#parts = parts;
    this.#host = host;
    this.#answers = new AnswerPath(parts, host, (operations) => this.#decide(operations));
  }

  /** Bytes of answers that are being worked on. */
  get answeringBytes(): number {
    return this.#answers.workingBytes;
  }

  /** A request waits for its turn, since the last one was slow to decide. */
  get paced(): boolean {
    return this.#paced;
  }

  /** Undefined when the request went through at once; else resolves when the next one may come. */
  take(exchange: Exchange, frameBytes: number): Promise<void> | undefined {
    const turn = this.#slowMs > 0 ? this.#parts.pace?.turn(this.#slowMs) : undefined;
    if (!turn) return this.#take(exchange, frameBytes);
    this.#paced = true;
    return turn.then(() => {
      this.#paced = false;
      return this.#take(exchange, frameBytes);
    });
  }

  #take(exchange: Exchange, frameBytes: number): Promise<void> | undefined {
    const { audit, session, clock, counts, policy, pace } = this.#parts;
    const { revision } = policy;
    const place = this.#host.inFlight.place();
    const startedAt = clock.monotonic();
    const spentMs = policy.spentMs ?? 0;
    const decisions = this.#decide(exchange.operations);
    this.#slowMs = pace?.decided((policy.spentMs ?? 0) - spentMs) ?? 0;
    if (this.#requests % timedOneIn === 0) counts.decideSeconds.note((clock.monotonic() - startedAt) / 1000);
    const level = audit.level(decisions);
    const judged = { revision, level, startedAt };
    const job = new Job(exchange, `${session.id}.${this.#requests++}`, place, judged, this.#answers);
    audit.request(exchange, frameBytes, level);
    const recorded = audit.decided(exchange, job.request, decisions);
    const verdicts = allSettled(decisions);
    if (recorded || !verdicts) return this.#settle(job, decisions, recorded);
    return this.#enforce(job, verdicts);
  }

  #decide(operations: readonly Operation[]): readonly Decision[] {
    if (operations.length === 0) return [];
    const { session, policy, clock } = this.#parts;
    // called on the parts: they may be an object with fields of its own
    if (this.#parts.grants) session.grants = this.#parts.grants(session);
    return policy.decide({ session, now: clock.now() }, operations);
  }

  async #settle(job: Job, decisions: readonly Decision[], recorded: Promise<void> | undefined): Promise<void> {
    const verdicts = await settle(job, decisions, recorded, this.#parts, this.#host);
    if (verdicts === null) return;
    job.sentAt = this.#parts.clock.monotonic();
    if (!this.#host.closed) await this.#enforce(job, verdicts);
  }

  /** A promise where records have to be masked before they go on: what follows on this connection waits for it. */
  #enforce(job: Job, verdicts: readonly Verdict[]): Promise<void> | undefined {
    const enforced = job.exchange.enforce(verdicts, this.#answers.servicesFor(job));
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
        this.#answers.finish(job, verdicts, enforced.answer);
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
    const {
      broker: { link },
      inFlight,
    } = this.#host;
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
}
