// The spine: one client connection and its way through the stages. accept → frame → identify → decode → describe → decide →
// record → enforce → forward, and back, in order. Each stage is elsewhere; this file says when, keeps pressure bounded in both
// directions, and ends the session.
import type { Socket } from "node:net";
import { assertNever } from "../base/assert.ts";
import type { Cancel } from "../base/clock.ts";
import { describeError, LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { TransportLogin } from "../identity/mtls.ts";
import type { Session } from "../model/session.ts";
import type { Frame } from "../protocols/frame.ts";
import type { FrameReceiver, Framer, Protocol, ProtocolSession, Step } from "../protocols/protocol.ts";
import { type BrokerLink, type BrokerTarget, openBroker } from "./broker-link.ts";
import { InFlight } from "./in-flight.ts";
import { type LoginHost, type LoginParts, LoginPath } from "./login-path.ts";
import { type RequestHost, type RequestParts, RequestPath } from "./request-path.ts";
import { readSocket } from "./socket-reads.ts";
import { isFull, writePieces } from "./write-pieces.ts";

export interface ConnectionParts extends RequestParts, LoginParts {
  readonly protocol: Protocol;
  readonly protocolSession: ProtocolSession;
  /** Who calls, where the transport has proved it (a client certificate); null where the login comes by messages. */
  readonly transportLogin: TransportLogin | null;
  /** The largest request of a client that has logged in. */
  readonly requestFrameBytesMax: number;
  /** Where the broker is, once it is known who calls. Throws `broker-unavailable`. */
  brokerTarget(): BrokerTarget;
  /**
   * Logs the link in with the credential that the gateway holds for this principal; `again` on one that is logged in. Resolves with the
   * milliseconds until the broker wants the next login; 0: never.
   */
  brokerLogin(link: BrokerLink, session: Session, again: boolean): Promise<number>;
}

/** Of the time until a broker wants another login: the rest is for what is under way. */
const renewalShare = 0.8;

export class Connection {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #framer: Framer;
  readonly #receiver: FrameReceiver = {
    frame: (frame) => {
      this.#inbox.push(frame);
      this.#inboxBytes += frame.length;
    },
  };
  readonly #inFlight: InFlight;
  readonly #logins: LoginPath;
  readonly #path: RequestPath;
  readonly #gone = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  readonly #cancelLoginTimer: Cancel;
  #link: BrokerLink | null = null;
  #inbox: Frame[] = [];
  #inboxBytes = 0;
  #cancelRenewal: Cancel = () => {};
  #renewalDue = false;
  /** A frame is being worked on; the next one waits. */
  #busy = true;
  /** Reads that are being worked on; what is written meanwhile leaves with their end. */
  #gathering = 0;
  #gathered: Buffer[] = [];
  #clientEnded = false;
  #draining = false;
  #closed = false;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#framer = parts.protocol.framer(limits.unauthenticatedFrameBytesMax);
    this.#inFlight = new InFlight((pieces) => this.#send(pieces));
    const host = this.#host();
    this.#logins = new LoginPath(parts, host);
    this.#path = new RequestPath(parts, host);
    this.#cancelLoginTimer = parts.clock.after(limits.loginMsMax, () => this.#abort("no login in time"));
    readSocket(socket, (chunk) => this.#receive(chunk));
    socket.on("end", () => this.#clientGone());
    socket.on("error", () => this.#clientGone());
    socket.on("close", () => {
      this.#clientGone();
      this.#pump(); // nothing drains any more; what still waits is worked off
    });
    socket.on("drain", () => this.#pump());
  }

  /** Records the start, then reads. Resolves when the session is over and its last event is written. */
  async run(): Promise<void> {
    try {
      await this.#parts.audit.event("session.started", { listener: this.#parts.session.listener });
      if (this.#parts.transportLogin) await this.#logins.byTransport(this.#parts.transportLogin);
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

  /** What is on its way is judged anew where its answer is what counts. */
  policyChanged(): void {
    this.#inFlight.policyChanged();
  }

  /** Closes now. */
  destroy(reason: string): void {
    this.#close("session.ended", reason);
  }

  #host(): RequestHost & LoginHost {
    const link = () => this.#link;
    const closed = () => this.#closed;
    return {
      inFlight: this.#inFlight,
      gone: this.#gone.signal,
      get link() {
        return link();
      },
      get closed() {
        return closed();
      },
      send: (pieces) => {
        this.#sendGathered();
        if (!this.#closed) writePieces(this.#socket, pieces);
        this.#balance();
      },
      moved: () => {
        this.#balance();
        this.#closeIfDone();
      },
      loggedIn: (again) => this.#loggedIn(again),
      failed: () => this.#close("session.ended", "authentication failed"),
      abort: (reason) => this.#abort(reason),
      fail: (error) => this.#fail(error),
    };
  }

  // --- frames from the client -----------------------------------------------------------------------------------------

  /** What one read brings leaves together, if it may. */
  #receive(chunk: Buffer): void {
    const link = this.#link;
    link?.cork();
    this.#gathering++;
    try {
      this.#framer.feed(chunk, this.#receiver);
      this.#pump();
    } catch (error) {
      this.#fail(error);
    } finally {
      link?.uncork();
      this.#gathering--;
      this.#sendGathered();
      this.#balance();
    }
  }

  #pump(): void {
    try {
      if (this.#renewalDue && !this.#busy && !this.#closed && this.#link) {
        this.#renewalDue = false;
        this.#waitFor(this.#renewBrokerLogin(this.#link));
      }
      while (!this.#busy && !this.#closed && !this.#clogged()) {
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

  #handle(frame: Frame): Promise<void> | undefined {
    const step = this.#parts.protocolSession.next(frame, this.#link);
    return step instanceof Promise ? step.then((it) => this.#act(it, frame)) : this.#act(step, frame);
  }

  #act(step: Step, frame: Frame): Promise<void> | undefined {
    switch (step.kind) {
      case "exchange":
        if (!this.#expired()) return this.#path.take(step.exchange, frame.length);
        this.#abort("the login has expired");
        return undefined;
      case "reply":
        this.#parts.audit.request(step, frame.length);
        this.#parts.audit.replied(step, step.bytes);
        this.#inFlight.fill(this.#inFlight.place(), [step.bytes]);
        return undefined;
      case "login":
        this.#parts.audit.request(step, frame.length);
        return this.#logins.take(step);
      case "refuse":
        return this.#refuse(step, frame.length);
      case "abort":
        this.#abort(step.reason);
        return undefined;
      default:
        return assertNever(step);
    }
  }

  async #refuse(step: Extract<Step, { kind: "refuse" }>, frameBytes: number): Promise<void> {
    const { counts } = this.#parts;
    counts.request("unsupported", frameBytes);
    counts.decisions.deny++;
    const place = this.#inFlight.place();
    await this.#parts.audit.event("operation.denied", { api: step.api, version: step.version, reason: step.reason });
    if (!step.bytes) {
      this.#abort(step.reason);
      return;
    }
    this.#parts.audit.replied({ ...step, correlation: 0 }, step.bytes);
    this.#inFlight.fill(place, [step.bytes]);
  }

  // --- login ----------------------------------------------------------------------------------------------------------

  /** The broker connection is opened before the client hears of its success: a broker that is away closes, as a broker would. */
  async #loggedIn(again: boolean): Promise<void> {
    this.#cancelLoginTimer();
    this.#framer.frameBytesMax = this.#parts.requestFrameBytesMax;
    if (!again && !this.#closed) await this.#openLink();
  }

  async #openLink(): Promise<void> {
    const {
      protocol,
      clock,
      counts: { brokers },
    } = this.#parts;
    const parts = { protocol, clock, inFlight: this.#inFlight };
    const link = await openBroker(this.#parts.brokerTarget(), parts).catch((error) => {
      brokers.failed++;
      throw error;
    });
    if (this.#closed) {
      link.close();
      return;
    }
    this.#link = link;
    brokers.opened++;
    this.#renewIn(await this.#parts.brokerLogin(link, this.#parts.session, false));
    link.watch({
      ended: (reason) => void this.#brokerLost(reason),
      drained: () => this.#balance(),
      reading: () => void this.#gathering++,
      read: () => {
        this.#gathering--;
        this.#sendGathered();
        this.#balance();
      },
    });
  }

  /** KIP-368: in good time, since a broker closes at the first request after the end. */
  #renewIn(lifetimeMs: number): void {
    if (lifetimeMs <= 0 || this.#closed) return;
    this.#cancelRenewal = this.#parts.clock.after(lifetimeMs * renewalShare, () => {
      this.#renewalDue = true;
      this.#pump();
    });
  }

  /** Nothing of the client's is sent meanwhile, and the broker owes no answer: a waiting fetch would hold up the login. */
  async #renewBrokerLogin(link: BrokerLink): Promise<void> {
    await this.#inFlight.quiet();
    if (!this.#closed) this.#renewIn(await this.#parts.brokerLogin(link, this.#parts.session, true));
  }

  #expired(): boolean {
    const expiresAt = this.#parts.session.identity?.expiresAt ?? null;
    return expiresAt !== null && expiresAt <= this.#parts.clock.now();
  }

  // --- pressure -------------------------------------------------------------------------------------------------------

  #send(pieces: readonly Buffer[]): void {
    if (this.#closed) return;
    if (this.#gathering > 0) this.#gathered.push(...pieces);
    else writePieces(this.#socket, pieces);
  }

  #sendGathered(): void {
    if (this.#gathered.length === 0) return;
    const pieces = this.#gathered;
    this.#gathered = [];
    if (!this.#closed) writePieces(this.#socket, pieces);
  }

  /** The client does not read its answers: no more of its requests are taken up until it does, or they would fill the memory. */
  #clogged(): boolean {
    return isFull(this.#socket) && !this.#socket.destroyed;
  }

  /** Each side is read only while there is room for what it sends. */
  #balance(): void {
    // what is gathered has not had its chance to leave yet
    if (this.#closed || this.#gathering > 0) return;
    const answersWait = isFull(this.#socket) || this.#path.answeringBytes > limits.connectionBufferBytesMax;
    if (answersWait) this.#link?.pause();
    else this.#link?.resume();
    if (this.#draining) return;
    const inboxMax = this.#busy ? limits.heldFollowersBytesMax : limits.connectionBufferBytesMax;
    const full =
      this.#inboxBytes > inboxMax ||
      this.#inFlight.size >= limits.inFlightRequestsMax ||
      this.#clogged() ||
      (this.#link !== null && !this.#link.writable);
    if (full && !this.#socket.isPaused()) this.#socket.pause();
    else if (!full && this.#socket.isPaused()) this.#socket.resume();
  }

  // --- endings --------------------------------------------------------------------------------------------------------

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
    const code = error instanceof LockkeeperError ? error.code : null;
    const { log, session } = this.#parts;
    if (!code) log.error({ session: session.id, error: describeError(error) }, "unexpected failure");
    this.#abort(code ? `${code}: ${describeError(error)}` : "internal error");
  }

  #abort(reason: string): void {
    if (this.#closed) return;
    const { log, session } = this.#parts;
    log.warn({ session: session.id, client: session.client, reason }, "session aborted");
    this.#close("session.aborted", reason);
  }

  #close(code: "session.ended" | "session.aborted", reason: string): void {
    if (this.#closed) return;
    this.#sendGathered();
    this.#closed = true;
    this.#cancelLoginTimer();
    this.#cancelRenewal();
    this.#gone.abort();
    this.#inbox = [];
    this.#socket.destroySoon();
    // one that does not read its last answers would keep the socket, and its place among the connections, for ever
    this.#parts.clock.after(limits.lastAnswersMsMax, () => this.#socket.destroy());
    if (this.#link) this.#parts.counts.brokers.closed++;
    this.#link?.finish();
    this.#parts.audit
      .ended(code, reason)
      .finally(() => this.#ended.resolve())
      .catch(() => {});
  }
}
