// The broker's end of one client connection: a socket, frames in and out, questions of our own between them. It opens with
// connect + login and never reconnects: when it ends, the client's connection ends, as a broker's would.
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";
import type { Cancel, Clock } from "../base/clock.ts";
import { describeError, LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { type Frame, framePieces, ownFrame } from "../protocols/frame.ts";
import type { BrokerChannel, FrameReceiver, Framer, FrameSink, Protocol } from "../protocols/protocol.ts";
import { FrameMemory } from "./frame-memory.ts";
import type { Expected, InFlight } from "./in-flight.ts";
import { readSocket, type SocketOwner } from "./socket-reads.ts";
import { SocketWrites } from "./socket-writes.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface BrokerTarget extends Address {
  /** Where to go when the first address cannot be reached, in order. */
  readonly others?: readonly Address[];
  /** Null for plain TCP. */
  readonly tls: SecureContext | null;
  /** The largest answer that is read; a larger one ends the connection. */
  readonly answerBytesMax: number;
  /** Instead of limits.brokerConnectMsMax. */
  readonly connectMsMax?: number;
  /** Told of every address that was tried. */
  readonly tried?: (address: Address, reached: boolean) => void;
  /** Told when the one that was reached did not let the gateway log in. */
  readonly unanswered?: () => void;
}

export interface BrokerLinkParts {
  readonly protocol: Protocol;
  /** The order of what is asked on this link. */
  readonly inFlight: InFlight;
  readonly clock: Clock;
}

export interface BrokerLinkEvents {
  /** The link ended; called once, never before `openBroker` resolved. */
  ended(reason: string): void;
  /** The socket's buffer has room again. */
  moved(): void;
  /** Around what one read brings: the answers in it can leave together. */
  reading(): void;
  read(): void;
}

/** Connects. Rejects with `broker-unavailable`; the message names the addresses and reasons, never a credential. */
export async function openBroker(target: BrokerTarget, parts: BrokerLinkParts): Promise<BrokerLink> {
  const addresses = [target, ...(target.others ?? [])];
  // Together no longer than one alone may take: the client is waiting.
  const timeoutMs = Math.ceil((target.connectMsMax ?? limits.brokerConnectMsMax) / addresses.length);
  const failures: string[] = [];
  for (const address of addresses) {
    try {
      const link = (socket: Socket) => new BrokerLink(socket, parts, target.answerBytesMax);
      const connected = await connect(address, target.tls, parts.clock, timeoutMs, link);
      target.tried?.(address, true);
      return connected;
    } catch (error) {
      target.tried?.(address, false);
      failures.push(`broker ${address.host}:${address.port}: ${describeError(error)}`);
    }
  }
  throw new LockkeeperError("broker-unavailable", failures.join("; "));
}

/** Resolves with what `take` makes of a connected socket, whose events are its owner's from then on; rejects with the failure's code as its message. */
function connect<T>(
  { host, port }: Address,
  tls: SecureContext | null,
  clock: Clock,
  timeoutMs: number,
  take: (socket: Socket) => T,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const options = { host, port, noDelay: true, keepAlive: true };
  const servername = isIP(host) ? {} : { servername: host };
  const socket = tls ? connectTls({ ...options, ...servername, secureContext: tls }) : connectTcp(options);
  const fail = (error: Error) => {
    cancel();
    socket.destroy();
    reject(new Error((error as NodeJS.ErrnoException).code ?? error.message, { cause: error }));
  };
  // not the socket's own time-out: it would keep its timer for as long as it lives
  const cancel = clock.after(timeoutMs, () => fail(new Error("no connection in time")));
  socket.on("error", fail);
  socket.once(tls ? "secureConnect" : "connect", () => {
    cancel();
    const taken = take(socket);
    socket.off("error", fail);
    resolve(taken);
  });
  return promise;
}

export class BrokerLink implements BrokerChannel, FrameReceiver, SocketOwner {
  readonly #socket: Socket;
  readonly #writes: SocketWrites;
  readonly #protocol: Protocol;
  readonly #framer: Framer;
  readonly #inFlight: InFlight;
  readonly #clock: Clock;
  readonly #memory = new FrameMemory();
  #events: BrokerLinkEvents | null = null;
  #ended: string | null = null;

  constructor(socket: Socket, { protocol, inFlight, clock }: BrokerLinkParts, answerBytesMax: number) {
    this.#socket = socket;
    this.#writes = new SocketWrites(socket);
    this.#protocol = protocol;
    this.#framer = protocol.framer(answerBytesMax);
    this.#inFlight = inFlight;
    this.#clock = clock;
    readSocket(socket, this);
  }

  /** From now on the end of the link is told. If it has ended already, it is told at once. */
  watch(events: BrokerLinkEvents): void {
    this.#events = events;
    if (this.#ended !== null) events.ended(this.#ended);
  }

  /** Takes the frame over. While not `writable` the caller should stop reading from the client. */
  write(frame: Frame): void {
    this.#writes.write(framePieces(frame));
  }

  /** Bytes that the broker has not taken yet, and those of an answer that is not whole. */
  get waitingBytes(): number {
    return this.#writes.waitingBytes + this.#framer.pendingBytes;
  }

  get writable(): boolean {
    return this.#ended === null && !this.#writes.full;
  }

  /** Answers come in order, and a client's fetch before it may wait long: the time of the question begins when nothing stands before it. */
  ask(frame: Buffer): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    if (this.#ended !== null) {
      reject(new LockkeeperError("broker-unavailable", this.#ended));
      return promise;
    }
    let cancel: Cancel = () => {};
    this.#inFlight.expect({
      correlation: this.#protocol.requestCorrelation(frame),
      isFirst: () => {
        cancel = this.#clock.after(limits.brokerAskMsMax, () => this.#end("no answer in time"));
      },
      take(answer) {
        cancel();
        resolve(answer);
      },
      lost: () => {
        cancel();
        const why = `the broker went away before it answered: ${this.#ended ?? "unknown"}`;
        reject(new LockkeeperError("broker-unavailable", why));
      },
    });
    this.#writes.write([frame]);
    return promise;
  }

  pause(): void {
    if (!this.#socket.isPaused()) this.#socket.pause();
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  close(): void {
    this.#end("closed by the gateway");
  }

  /** Closes after what was written has left: a producer with acks=0 writes and goes. */
  finish(): void {
    if (this.#ended !== null) return;
    this.#ended = "closed by the gateway";
    this.#writes.flush();
    this.#memory.close();
    this.#socket.destroySoon();
    this.#inFlight.abandon();
  }

  onEnd(error: NodeJS.ErrnoException | null): void {
    if (error) this.#end(error.code ?? "socket error"); // else `onClose` follows
  }

  onClose(): void {
    this.#end("closed by the broker");
  }

  onDrain(): void {
    this.#events?.moved();
  }

  onChunk(chunk: Buffer): void {
    const events = this.#events;
    events?.reading();
    try {
      this.#framer.feed(chunk, this);
    } catch (error) {
      this.#end(error instanceof Error ? error.message : "unreadable answer");
    } finally {
      events?.read();
    }
  }

  /** Requests that are written between the two leave together. */
  cork(): void {
    this.#writes.cork();
  }

  uncork(): void {
    this.#writes.uncork();
  }

  /** A large answer may leave as it comes: whoever expects it says so when its head is there. */
  begin(head: Buffer, frameBytes: number): FrameSink | null {
    const expected = this.#inFlight.peek();
    const sink = expected?.begin && this.#isItsAnswer(expected, head) ? expected.begin(frameBytes) : null;
    if (!sink) return null;
    return {
      push: (piece) => sink.push(piece),
      end: () => {
        this.#inFlight.next();
        sink.end();
      },
    };
  }

  room(frameBytes: number): Buffer | null {
    return this.#memory.room(frameBytes);
  }

  /** Nothing of this answer's frame is needed any more. */
  reuse(frame: Buffer): void {
    this.#memory.reuse(frame);
  }

  frame(frame: Frame): void {
    const expected = this.#inFlight.next();
    if (!expected) throw new LockkeeperError("broker-protocol", "an answer to nothing");
    const whole = ownFrame(frame);
    if (!this.#isItsAnswer(expected, whole))
      throw new LockkeeperError("broker-protocol", "an answer with another correlation id");
    expected.take(whole);
  }

  #isItsAnswer(expected: Expected, frame: Buffer): boolean {
    return this.#protocol.answerCorrelation(frame) === expected.correlation;
  }

  #end(reason: string): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    this.#memory.close();
    this.#socket.destroy();
    this.#inFlight.abandon();
    this.#events?.ended(reason);
  }
}
