// What is written to the client. Answers that one read brings about leave together: from its begin to its end they are gathered.
import type { Socket } from "node:net";
import { isFull, writePieces } from "./write-pieces.ts";

const none: Buffer[] = [];

export class ClientWrites {
  readonly #socket: Socket;
  /** Reads that are being worked on. */
  #reads = 0;
  #gathered: Buffer[] = none;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get gathering(): boolean {
    return this.#reads > 0;
  }

  /** The client does not read its answers. What is gathered has not had its chance to leave yet. */
  get full(): boolean {
    return isFull(this.#socket) && !this.#socket.destroyed;
  }

  /** That the socket has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  begin(): void {
    this.#reads++;
  }

  end(): void {
    this.#reads--;
    this.flush();
  }

  write(pieces: readonly Buffer[]): void {
    if (this.#reads === 0) writePieces(this.#socket, pieces);
    else if (this.#gathered === none) this.#gathered = [...pieces];
    else this.#gathered.push(...pieces);
  }

  /** These bytes now, behind what is gathered. */
  writeNow(pieces: readonly Buffer[]): void {
    this.flush();
    writePieces(this.#socket, pieces);
  }

  flush(): void {
    if (this.#gathered === none) return;
    const pieces = this.#gathered;
    this.#gathered = none;
    writePieces(this.#socket, pieces);
  }
}
