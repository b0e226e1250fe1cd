// The spine: one client connection and its way through the stages. accept → frame → identify → decode → describe → decide →
// record → enforce → forward, and back, in order. Each stage is elsewhere; this file says when, keeps pressure bounded in both
// directions, and ends the session.
import type { Socket } from "node:net";
import { assertNever } from "../base/assert.ts";
import type { Cancel } from "../base/clock.ts";
import { describeError, LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { isExpired } from "../identity/lifetime.ts";
import type { Session } from "../model/session.ts";
import type { Frame } from "../protocols/frame.ts";
import type { Framer, Step } from "../protocols/protocol.ts";
import { BrokerSide, type BrokerSideEvents } from "./broker-side.ts";
import type { ConnectionParts } from "./connection-parts.ts";
import { InFlight } from "./in-flight.ts";
import { Inbox } from "./inbox.ts";
import { type LoginHost, LoginPath } from "./login-path.ts";
import { refuse, reply } from "./own-answers.ts";
import type { RequestHost } from "./request-parts.ts";
import { RequestPath } from "./request-path.ts";
import { readSocket, type SocketOwner } from "./socket-reads.ts";
import { SocketWrites } from "./socket-writes.ts";
import { type Wait, type Waiting, waitOf } from "./waits.ts";

export class Connection implements Waiting, RequestHost, LoginHost, BrokerSideEvents, SocketOwner {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #framer: Framer;
  readonly #inbox = new Inbox();
  readonly #writes: SocketWrites;
  readonly inFlight: InFlight;
  readonly #logins: LoginPath;
  readonly #path: RequestPath;
  readonly broker: BrokerSide;
  #gone: AbortController | null = null;
  #over: (it: Connection) => void = () => {};
  #cancelLoginTimer: Cancel | null;
  /** A frame is being worked on; the next one waits. */
  #busy = true;
  #clientEnded = false;
  #draining = false;
  #closed = false;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#framer = parts.protocol.framer(limits.unauthenticatedFrameBytesMax);
    this.#writes = new SocketWrites(socket);
    this.inFlight = new InFlight((pieces) => {
      if (!this.#closed) this.#writes.write(pieces);
    });
    this.broker = new BrokerSide(parts, this.inFlight, this);
    this.#logins = new LoginPath(parts, this);
    this.#path = new RequestPath(parts, this);
    this.#cancelLoginTimer = parts.clock.after(limits.loginMsMax, () => this.abort("no login in time"));
    readSocket(socket, this);
  }

  /** Records the start, then reads. `over` is called when the session is over and its last event is written. */
  run(over: (it: Connection) => void): void {
    this.#over = over;
    this.#start().catch((error: unknown) => this.fail(error));
  }

  async #start(): Promise<void> {
    await this.#parts.audit.event("session.started", { listener: this.#parts.session.listener });
    if (this.#parts.transportLogin) await this.#logins.byTransport(this.#parts.transportLogin);
    this.#busy = false;
    this.#pump();
  }

  /** No new requests; closes once what is in flight has been answered. */
  drain(): void {
    this.#draining = true;
    this.#socket.pause();
    this.#closeIfDone();
  }

  /** What is on its way is judged anew where its answer is what counts. */
  policyChanged(): void {
    this.inFlight.policyChanged();
  }

  /** For who watches over all connections. */
  waits(): Wait | null {
    if (this.#closed) return null;
    const { broker, inFlight } = this;
    return waitOf(this.#framer, this.#inbox, this.#writes, this.#path, inFlight, broker.link);
  }

  get session(): Session {
    return this.#parts.session;
  }

  /** Ends it, without waiting until it has taken what it has: it does not read. */
  cut(reason: string): void {
    this.abort(reason);
    this.#socket.destroy();
  }

  /** Closes now. */
  destroy(reason: string): void {
    this.#close("session.ended", reason);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Made when something waits: most connections never have it. */
  get gone(): AbortSignal {
    this.#gone ??= new AbortController();
    if (this.#clientEnded || this.#closed) this.#gone.abort();
    return this.#gone.signal;
  }

  send(pieces: readonly Buffer[]): void {
    if (!this.#closed) this.#writes.pass(pieces);
    this.#balance();
  }

  moved(): void {
    this.#balance();
    this.#closeIfDone();
  }

  reading(): void {
    this.#writes.cork();
  }

  read(): void {
    this.#writes.uncork();
    this.#balance();
  }

  renewalDue(): void {
    this.#pump();
  }

  onClose(): void {
    this.onEnd();
    this.#pump(); // nothing drains any more; what still waits is worked off
  }

  onDrain(): void {
    this.#pump();
  }

  /** What one read brings leaves together, if it may. */
  onChunk(chunk: Buffer): void {
    const { link } = this.broker;
    link?.cork();
    this.#writes.cork();
    try {
      this.#framer.feed(chunk, this.#inbox);
      this.#pump();
    } catch (error) {
      this.fail(error);
    } finally {
      link?.uncork();
      this.read();
    }
  }

  #pump(): void {
    try {
      if (this.broker.renewalDue && !this.#busy && !this.#closed) this.#waitFor(this.broker.renew());
      // one that does not read its answers: no more of its requests are taken up until it does, or they would fill the memory
      while (!this.#busy && !this.#closed && !this.#writes.full) {
        const frame = this.#inbox.next();
        if (!frame) break;
        const work = this.#handle(frame);
        if (work) this.#waitFor(work);
      }
    } catch (error) {
      this.fail(error);
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
      (error: unknown) => this.fail(error),
    );
  }

  #handle(frame: Frame): Promise<void> | undefined {
    const step = this.#parts.protocolSession.next(frame, this.broker.link);
    return step instanceof Promise ? step.then((it) => this.#act(it, frame)) : this.#act(step, frame);
  }

  #act(step: Step, frame: Frame): Promise<void> | undefined {
    switch (step.kind) {
      case "exchange":
        if (!isExpired(this.#parts.session.identity, this.#parts.clock.now()))
          return this.#path.take(step.exchange, frame.length);
        this.abort("the login has expired");
        return undefined;
      case "reply":
        reply(step, frame.length, this.#parts, this.inFlight);
        return undefined;
      case "login":
        this.#parts.audit.request(step, frame.length);
        return this.#logins.take(step);
      case "refuse":
        return refuse(step, frame.length, this.#parts, this.inFlight).then((said) => {
          if (!said) this.abort(step.reason);
        });
      case "abort":
        this.abort(step.reason);
        return undefined;
      default:
        return assertNever(step);
    }
  }

  /** The broker connection is opened before the client hears of its success: a broker that is away closes, as a broker would. */
  async loggedIn(again: boolean): Promise<void> {
    this.#cancelLoginTimer?.();
    this.#cancelLoginTimer = this.#gone = null; // nobody waits for them now
    this.#framer.frameBytesMax = this.#parts.requestFrameBytesMax;
    if (!again && !this.#closed) await this.broker.open();
  }

  /** Each side is read only while there is room for what it sends. */
  #balance(): void {
    // what is gathered has not had its chance to leave yet
    if (this.#closed || this.#writes.gathering) return;
    const { link } = this.broker;
    const clogged = this.#writes.full;
    if (clogged || this.#path.answeringBytes > limits.connectionBufferBytesMax) link?.pause();
    else link?.resume();
    if (this.#draining) return;
    const inboxMax = this.#busy ? limits.heldFollowersBytesMax : limits.connectionBufferBytesMax;
    const crowded = this.#inbox.bytes > inboxMax || this.inFlight.size >= limits.inFlightRequestsMax;
    const full = clogged || crowded || link?.writable === false;
    if (full && !this.#socket.isPaused()) this.#socket.pause();
    else if (!full && this.#socket.isPaused()) this.#socket.resume();
  }

  /** The client closed its side. What it sent before is still worked off (a producer with acks=0 writes and leaves); holds end. */
  onEnd(): void {
    if (this.#clientEnded) return;
    this.#clientEnded = true;
    this.#gone?.abort();
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#closed || this.#busy || this.#inbox.size > 0) return;
    if (this.#clientEnded) this.#close("session.ended", "closed by the client");
    else if (this.#draining && this.inFlight.size === 0) this.#close("session.ended", "the gateway is stopping");
  }

  /** The broker's side did. */
  ended(reason: string): void {
    if (this.#closed) return;
    const close = () => this.#close("session.ended", `broker lost: ${reason}`);
    void this.#parts.audit.event("broker.lost", { reason }).then(close, close);
  }

  /** The one catch boundary: whatever was thrown on this connection ends it, and only it. */
  fail(error: unknown): void {
    if (this.#closed) return;
    const code = error instanceof LockkeeperError ? error.code : null;
    const { log, session } = this.#parts;
    if (!code) log.error({ session: session.id, error: describeError(error) }, "unexpected failure");
    this.abort(code ? `${code}: ${describeError(error)}` : "internal error");
  }

  abort(reason: string): void {
    if (this.#closed) return;
    const { log, session } = this.#parts;
    log.warn({ session: session.id, client: session.client, reason }, "session aborted");
    this.#close("session.aborted", reason);
  }

  #close(code: "session.ended" | "session.aborted", reason: string): void {
    if (this.#closed) return;
    this.#writes.flush();
    this.#closed = true;
    this.#cancelLoginTimer?.();
    this.#gone?.abort();
    this.#inbox.clear();
    this.#socket.destroySoon();
    // one that does not read its last answers would keep the socket, and its place among the connections, for ever
    this.#parts.clock.after(limits.lastAnswersMsMax, () => this.#socket.destroy());
    this.broker.close();
    const over = () => this.#over(this);
    void this.#parts.audit.ended(code, reason).then(over, over);
  }
}
