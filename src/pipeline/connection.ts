// The spine: one client connection and its way through the stages. accept → frame → identify → decode → describe → decide →
// record → enforce → forward, and back: broker → decode → enforce → forward, in order. Each stage is elsewhere; this file says
// when. Traffic that was decided before passes without a promise; only a first decision, a login or a hold waits.
import type { Socket } from "node:net";
import { assertNever } from "../base/assert.ts";
import type { Cancel, Clock } from "../base/clock.ts";
import { describeError, LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Decision, Verdict } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import type { RewriteRecord } from "../model/record.ts";
import type { Session } from "../model/session.ts";
import type {
  Answer,
  AnswerServices,
  Enforced,
  Exchange,
  Framer,
  LoginClient,
  MaskCounts,
  Protocol,
  ProtocolSession,
  Step,
} from "../protocols/protocol.ts";
import { type BrokerLink, type BrokerTarget, openBroker } from "./broker-link.ts";
import { awaitVerdicts, type HoldParts, refused, verdictOf } from "./hold.ts";
import type { Identifier } from "./identify.ts";
import { InFlight, type Place } from "./in-flight.ts";
import type { SessionAudit } from "./session-audit.ts";

/** policy/engine.ts states what this promises. */
export interface Decider {
  decide(
    context: { readonly session: Session; readonly now: number },
    operations: readonly Operation[],
  ): readonly Decision[];
}

export interface ConnectionParts {
  readonly session: Session;
  readonly protocol: Protocol;
  readonly protocolSession: ProtocolSession;
  readonly identifier: Identifier;
  readonly policy: Decider;
  readonly hold: HoldParts;
  readonly audit: SessionAudit;
  readonly clock: Clock;
  readonly log: Log;
  /** The largest request of a client that has logged in. */
  readonly requestFrameBytesMax: number;
  /** Where the broker is, once it is known who calls. Throws `broker-unavailable`. */
  brokerTarget(): BrokerTarget;
  /** Logs the new link in with the credential that the gateway holds for this principal. */
  brokerLogin(link: BrokerLink, session: Session): Promise<void>;
  /** True where the recording keeps records as the client saw them. */
  readonly keepsRecords: boolean;
  /** For how many milliseconds the answer to a failed login waits. */
  failureDelayMs(): number;
  /** The rewriter for a verdict's masks; null when records pass as they are. */
  rewriter(verdict: Verdict, counts: MaskCounts): RewriteRecord | null;
}

export type { LoginClient };

export class Connection {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #framer: Framer;
  readonly #inFlight: InFlight;
  readonly #gone = new AbortController();
  readonly #services: AnswerServices;
  readonly #ended = Promise.withResolvers<void>();
  readonly #cancelLoginTimer: Cancel;
  #link: BrokerLink | null = null;
  #inbox: Buffer[] = [];
  #inboxBytes = 0;
  /** A frame is being worked on; the next one waits. */
  #busy = true;
  /** Bytes of answers that are being masked. */
  #answeringBytes = 0;
  #requests = 0;
  #clientEnded = false;
  #draining = false;
  #closed = false;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#framer = parts.protocol.framer(limits.unauthenticatedFrameBytesMax);
    this.#inFlight = new InFlight((pieces) => this.#send(pieces));
    this.#services = {
      keepsRecords: parts.keepsRecords,
      judge: (operations) => this.#decide(operations),
      rewriter: (verdict, counts) => parts.rewriter(verdict, counts),
    };
    this.#cancelLoginTimer = parts.clock.after(limits.loginMsMax, () => this.#abort("no login in time"));
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("end", () => this.#clientGone());
    socket.on("error", () => this.#clientGone());
    socket.on("close", () => this.#clientGone());
    socket.on("drain", () => this.#link?.resume());
  }

  /** Records the start, then reads. Resolves when the session is over and its last event is written. */
  async run(): Promise<void> {
    try {
      await this.#parts.audit.event("session.started", { listener: this.#parts.session.listener });
      this.#busy = false;
      this.#pump();
    } catch (error) {
      this.#fail(error);
    }
    return this.#ended.promise;
  }

  /** No new requests; closes once what is in flight has been answered. */
  drain(): void {
    this.#draining = true;
    this.#socket.pause();
    this.#closeIfDone();
  }

  /** Closes now. */
  destroy(reason: string): void {
    this.#close("session.ended", reason);
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#framer.push(chunk)) {
        this.#inbox.push(frame);
        this.#inboxBytes += frame.length;
      }
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#pump();
  }

  #pump(): void {
    try {
      while (!this.#busy && !this.#closed) {
        const frame = this.#inbox.shift();
        if (!frame) break;
        this.#inboxBytes -= frame.length;
        const work = this.#handle(frame);
        if (work) this.#waitFor(work);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#balance();
    this.#closeIfDone();
  }

  #waitFor(work: Promise<void>): void {
    this.#busy = true;
    work.then(
      () => {
        this.#busy = false;
        this.#pump();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #handle(frame: Buffer): Promise<void> | undefined {
    const step = this.#parts.protocolSession.next(frame, this.#link);
    return step instanceof Promise ? step.then((it) => this.#act(it, frame)) : this.#act(step, frame);
  }

  #act(step: Step, frame: Buffer): Promise<void> | undefined {
    switch (step.kind) {
      case "exchange":
        if (this.#expired()) return this.#abort("the login has expired");
        return this.#exchange(step.exchange, frame);
      case "reply":
        this.#parts.audit.request(step, frame.length);
        this.#parts.audit.replied(step, step.bytes.length);
        this.#inFlight.fill(this.#inFlight.place(), [step.bytes]);
        return;
      case "login":
        return this.#login(step);
      case "refuse":
        return this.#refuse(step);
      case "abort":
        return this.#abort(step.reason);
      default:
        return assertNever(step);
    }
  }

  // --- a request ------------------------------------------------------------------------------------------------------

  #exchange(exchange: Exchange, frame: Buffer): Promise<void> | undefined {
    const { audit } = this.#parts;
    const place = this.#inFlight.place();
    const request = `${this.#parts.session.id}.${this.#requests++}`;
    audit.request(exchange, frame.length);
    const decisions = this.#decide(exchange.operations);
    const recorded = audit.decided(exchange, request, decisions);
    const verdicts = allSettled(decisions);
    if (recorded || !verdicts) return this.#settle({ exchange, request, place }, decisions, recorded);
    this.#enforce({ exchange, request, place }, verdicts);
    return;
  }

  #decide(operations: readonly Operation[]): readonly Decision[] {
    if (operations.length === 0) return [];
    return this.#parts.policy.decide({ session: this.#parts.session, now: this.#parts.clock.now() }, operations);
  }

  /** Waits for the record, then for people; a decision that could not be recorded is a refusal. */
  async #settle(job: Job, decisions: readonly Decision[], recorded: Promise<void> | undefined): Promise<void> {
    let verdicts: readonly Verdict[];
    try {
      await recorded;
      verdicts = allSettled(decisions) ?? (await this.#hold(job, decisions));
    } catch (error) {
      this.#parts.log.error({ session: this.#parts.session.id, error: describeError(error) }, "decision not recorded");
      verdicts = decisions.map(() => auditUnavailable);
    }
    if (!this.#closed) this.#enforce(job, verdicts);
  }

  async #hold(job: Job, decisions: readonly Decision[]): Promise<readonly Verdict[]> {
    const verdicts = await awaitVerdicts(job.exchange, decisions, this.#parts.hold, this.#gone.signal);
    return Promise.all(
      verdicts.map(async (verdict, index) => {
        const operation = job.exchange.operations[index];
        if (decisions[index]?.outcome !== "hold" || !operation) return verdict;
        await this.#parts.audit.settled(job.exchange, job.request, operation, verdict);
        return verdict;
      }),
    );
  }

  #enforce(job: Job, verdicts: readonly Verdict[]): void {
    const enforced = job.exchange.enforce(verdicts);
    switch (enforced.kind) {
      case "answer":
        this.#finish(job, verdicts, enforced.answer);
        return;
      case "close":
        void this.#abort(enforced.reason);
        return;
      case "forward":
        this.#forward(job, verdicts, enforced);
        return;
      default:
        assertNever(enforced);
    }
  }

  #forward(job: Job, verdicts: readonly Verdict[], enforced: Extract<Enforced, { kind: "forward" }>): void {
    if (!this.#link) throw new LockkeeperError("broker-unavailable", "no broker connection");
    if (enforced.answered) {
      this.#inFlight.expect({
        correlation: job.exchange.correlation,
        take: (frame) => this.#answer(job, verdicts, enforced, frame),
        lost: () => this.#lost(verdicts),
      });
    } else {
      this.#inFlight.fill(job.place, null);
    }
    this.#link.write(enforced.bytes);
  }

  // --- its answer -----------------------------------------------------------------------------------------------------

  #answer(
    job: Job,
    verdicts: readonly Verdict[],
    enforced: Extract<Enforced, { kind: "forward" }>,
    frame: Buffer,
  ): void {
    try {
      const answer = enforced.answer(frame, this.#services);
      if (!(answer instanceof Promise)) {
        this.#finish(job, verdicts, answer);
        return;
      }
      this.#answeringBytes += frame.length;
      answer
        .then((it) => {
          this.#answeringBytes -= frame.length;
          this.#finish(job, verdicts, it);
        })
        .catch((error: unknown) => this.#fail(error));
      if (this.#answeringBytes > limits.connectionBufferBytesMax) this.#link?.pause();
    } catch (error) {
      this.#fail(error);
    }
  }

  #finish(job: Job, verdicts: readonly Verdict[], answer: Answer): void {
    if (this.#closed) return;
    this.#parts.audit.answered(job.exchange, job.request, verdicts, answer);
    this.#reportUsed(verdicts, answer);
    this.#inFlight.fill(job.place, answer.bytes);
    if (this.#answeringBytes <= limits.connectionBufferBytesMax && !this.#socket.writableNeedDrain)
      this.#link?.resume();
    this.#balance();
    this.#closeIfDone();
  }

  #reportUsed(verdicts: readonly Verdict[], answer: Answer): void {
    for (const { operation, error } of answer.outcomes) {
      const verdict = verdicts[operation];
      if (verdict?.kind === "allow" && verdict.approval) void this.#parts.hold.gate?.report(verdict.approval.id, error);
    }
  }

  /** An approved operation was sent, and nobody knows whether it happened. */
  #lost(verdicts: readonly Verdict[]): void {
    for (const verdict of verdicts) {
      if (verdict.kind === "allow" && verdict.approval)
        void this.#parts.hold.gate?.report(verdict.approval.id, "UNKNOWN");
    }
  }

  #send(pieces: readonly Buffer[]): void {
    if (this.#closed) return;
    const [first] = pieces;
    if (pieces.length === 1 && first) {
      this.#socket.write(first);
    } else {
      this.#socket.cork();
      for (const piece of pieces) this.#socket.write(piece);
      this.#socket.uncork();
    }
    if (this.#socket.writableNeedDrain) this.#link?.pause();
  }

  // --- login ----------------------------------------------------------------------------------------------------------

  async #login(step: Extract<Step, { kind: "login" }>): Promise<void> {
    const { session, audit, identifier } = this.#parts;
    const place = this.#inFlight.place();
    const identified = await identifier.step(step, session);
    if (identified.kind === "failure") {
      const details = { reason: identified.reason, claimed: identified.claimed, mechanism: step.mechanism };
      await audit.event("session.authentication-failed", details);
      await new Promise<void>((resolve) => this.#parts.clock.after(this.#parts.failureDelayMs(), resolve));
    }
    if (identified.kind === "success") await this.#authenticated(identified.identity);
    if (this.#closed) return;
    this.#inFlight.fill(place, [step.reply(identified.reply)]);
    if (identified.kind === "failure") this.#close("session.ended", "authentication failed");
  }

  async #authenticated(identity: NonNullable<Session["identity"]>): Promise<void> {
    const { session, audit } = this.#parts;
    const again = session.identity !== null;
    session.identity = identity;
    audit.refresh();
    await audit.event("session.authenticated", { principal: identity.principal, again, expiresAt: identity.expiresAt });
    this.#cancelLoginTimer();
    this.#framer.frameBytesMax = this.#parts.requestFrameBytesMax;
    if (!again && !this.#closed) await this.#openLink();
  }

  async #openLink(): Promise<void> {
    const link = await openBroker(this.#parts.brokerTarget(), this.#parts.protocol, this.#inFlight);
    if (this.#closed) {
      link.close();
      return;
    }
    this.#link = link;
    await this.#parts.brokerLogin(link, this.#parts.session);
    link.watch({ ended: (reason) => void this.#brokerLost(reason), drained: () => this.#balance() });
  }

  #expired(): boolean {
    const expiresAt = this.#parts.session.identity?.expiresAt ?? null;
    return expiresAt !== null && expiresAt <= this.#parts.clock.now();
  }

  async #refuse(step: Extract<Step, { kind: "refuse" }>): Promise<void> {
    const place = this.#inFlight.place();
    await this.#parts.audit.event("operation.denied", { api: step.api, version: step.version, reason: step.reason });
    if (!step.bytes) {
      await this.#abort(step.reason);
      return;
    }
    this.#parts.audit.replied({ ...step, correlation: 0 }, step.bytes.length);
    this.#inFlight.fill(place, [step.bytes]);
  }

  // --- pressure and endings -------------------------------------------------------------------------------------------

  /** Reads from the client only while there is room for what it sends. */
  #balance(): void {
    if (this.#closed || this.#draining) return;
    const inboxMax = this.#busy ? limits.heldFollowersBytesMax : limits.connectionBufferBytesMax;
    const full =
      this.#inboxBytes > inboxMax ||
      this.#inFlight.size >= limits.inFlightRequestsMax ||
      (this.#link !== null && !this.#link.writable);
    if (full && !this.#socket.isPaused()) this.#socket.pause();
    else if (!full && this.#socket.isPaused()) this.#socket.resume();
  }

  /** The client closed its side. What it sent before is still worked off (a producer with acks=0 writes and leaves); holds end. */
  #clientGone(): void {
    if (this.#clientEnded) return;
    this.#clientEnded = true;
    this.#gone.abort();
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#closed || this.#busy || this.#inbox.length > 0) return;
    if (this.#clientEnded) this.#close("session.ended", "closed by the client");
    else if (this.#draining && this.#inFlight.size === 0) this.#close("session.ended", "the gateway is stopping");
  }

  async #brokerLost(reason: string): Promise<void> {
    if (this.#closed) return;
    await this.#parts.audit.event("broker.lost", { reason }).catch(() => {});
    this.#close("session.ended", `broker lost: ${reason}`);
  }

  /** The one catch boundary: whatever was thrown on this connection ends it, and only it. */
  #fail(error: unknown): void {
    if (this.#closed) return;
    const code = error instanceof LockkeeperError ? error.code : undefined;
    if (!code)
      this.#parts.log.error({ session: this.#parts.session.id, error: describeError(error) }, "unexpected failure");
    void this.#abort(code ? `${code}: ${describeError(error)}` : "internal error");
  }

  async #abort(reason: string): Promise<void> {
    this.#parts.log.warn(
      { session: this.#parts.session.id, client: this.#parts.session.client, reason },
      "session aborted",
    );
    this.#close("session.aborted", reason);
  }

  #close(code: "session.ended" | "session.aborted", reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelLoginTimer();
    this.#gone.abort();
    this.#inbox = [];
    this.#socket.destroySoon();
    this.#link?.finish();
    this.#parts.audit
      .ended(code, reason)
      .finally(() => this.#ended.resolve())
      .catch(() => {});
  }
}

/** One request's place in the order, with the name that joins its events. */
interface Job {
  readonly exchange: Exchange;
  readonly request: string;
  readonly place: Place;
}

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
