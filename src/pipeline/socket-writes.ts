// What is written to one socket. What one read brings about leaves together, in one system call: from `cork` to `uncork` it is gathered. Pieces
// that lie one behind the other in memory, as the frames of one read do, leave as one: Node pays for each piece, whatever its size.
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { release, retain } from "../base/chunks.ts";

const none: Buffer[] = [];
const mark = Buffer.alloc(0);

export class SocketWrites {
  readonly #socket: Socket;
  /** TLS keeps what it is given for a while, even where the socket has room. */
  readonly #isPlain: boolean;
  /** Reads that are being worked on. */
  #corks = 0;
  #gathered: Buffer[] = none;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#isPlain = !(socket instanceof TLSSocket);
  }

  get gathering(): boolean {
    return this.#corks > 0;
  }

  /** The other side does not read, and the socket tells with `drain` when it does. What is gathered has not had its chance to leave yet. */
  get full(): boolean {
    const { writableLength, writableHighWaterMark, destroyed } = this.#socket;
    return writableLength >= writableHighWaterMark && !destroyed;
  }

  /** Bytes that the socket has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  cork(): void {
    this.#corks++;
  }

  uncork(): void {
    this.#corks--;
    if (this.#corks === 0) this.flush();
  }

  /** Takes the pieces over: memory of a pool (base/chunks.ts) is let go of once it has left. */
  write(pieces: readonly Buffer[]): void {
    if (this.#corks === 0) this.#out(pieces);
    else if (this.#gathered === none) this.#gathered = [...pieces];
    else for (const piece of pieces) this.#gathered.push(piece);
  }

  /** Pieces of a chunk that is another's, now, behind what is gathered: it is kept until they have left. */
  pass(pieces: readonly Buffer[]): void {
    for (const piece of pieces) retain(piece);
    this.flush();
    this.#out(pieces);
  }

  flush(): void {
    if (this.#gathered === none) return;
    const pieces = this.#gathered;
    this.#gathered = none;
    this.#out(pieces);
  }

  #out(pieces: readonly Buffer[]): void {
    const socket = this.#socket;
    const runs = joined(pieces);
    if (runs.length === 1) socket.write(runs[0] as Buffer);
    else {
      socket.cork();
      for (const run of runs) socket.write(run);
      socket.uncork();
    }
    // what the kernel took at once, as it mostly does, needs no callback; else one stands behind it
    if (this.#isPlain && socket.writableLength === 0) releaseAll(pieces);
    else socket.write(mark, () => releaseAll(pieces));
  }
}

function releaseAll(pieces: readonly Buffer[]): void {
  for (const piece of pieces) release(piece);
}

function joined(pieces: readonly Buffer[]): readonly Buffer[] {
  const [head] = pieces;
  if (head === undefined || pieces.length === 1) return pieces;
  const runs: Buffer[] = [];
  let first = head;
  let bytes = head.length;
  for (let index = 1; index < pieces.length; index++) {
    const piece = pieces[index] as Buffer;
    if (piece.byteOffset === first.byteOffset + bytes && piece.buffer === first.buffer) bytes += piece.length;
    else {
      runs.push(runOf(first, bytes));
      first = piece;
      bytes = piece.length;
    }
  }
  runs.push(runOf(first, bytes));
  return runs;
}

function runOf(first: Buffer, bytes: number): Buffer {
  return bytes === first.length ? first : Buffer.from(first.buffer, first.byteOffset, bytes);
}
