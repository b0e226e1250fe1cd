// Reads a socket into memory that is used again. Node has this for sockets that it connects (`onread`), not for those that it accepts, so the
// same inner parts are used for both here; where they are not as known, and for TLS, the socket is read by its `data` event, which costs more
// and says the same. A connection that has little to say shares one buffer with all others, and what it says is copied.
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { ChunkPool, release } from "../base/chunks.ts";
import { limits } from "../base/limits.ts";

/** A chunk is valid during the call; who keeps a view retains it (base/chunks.ts). */
export type OnChunk = (chunk: Buffer) => void;

interface Handle {
  useUserBuffer?(buffer: Buffer): void;
}

const shared = Buffer.allocUnsafeSlow(limits.readChunkBytes);
/** Connections that have memory of their own. */
let hot = 0;

/** Calls `onChunk` for all that comes, until the socket closes. */
export function readSocket(socket: Socket, onChunk: OnChunk): void {
  const reads = new SocketReads(onChunk);
  if (socket instanceof TLSSocket || !readInto(socket, reads)) {
    socket.on("data", onChunk);
    return;
  }
  socket.on("close", () => reads.close());
}

class SocketReads {
  readonly #onChunk: OnChunk;
  #pool: ChunkPool | null = null;
  #current: Buffer = shared;
  #smallReads = 0;
  #closed = false;

  constructor(onChunk: OnChunk) {
    this.#onChunk = onChunk;
  }

  /** `bytes` have been read into the current buffer. */
  read(bytes: number): void {
    const buffer = this.#current;
    if (buffer === shared) {
      this.#onChunk(Buffer.from(buffer.subarray(0, bytes)));
      if (bytes >= limits.hotReadBytesMin) this.#warm();
      return;
    }
    try {
      this.#onChunk(buffer.subarray(0, bytes));
    } finally {
      release(buffer);
      this.#current = shared;
      this.#smallReads = bytes >= limits.hotReadBytesMin ? 0 : this.#smallReads + 1;
      if (this.#smallReads >= limits.coldReadsMax) this.#cool();
    }
  }

  /** What the next read goes into. */
  next(): Buffer {
    if (this.#pool && this.#current === shared) this.#current = this.#pool.take();
    return this.#current;
  }

  close(): void {
    this.#closed = true;
    if (this.#current !== shared) release(this.#current);
    this.#current = shared;
    this.#cool();
  }

  #warm(): void {
    if (this.#pool || this.#closed || hot >= limits.hotConnectionsMax) return;
    hot++;
    this.#smallReads = 0;
    this.#pool = new ChunkPool();
  }

  #cool(): void {
    if (!this.#pool) return;
    hot--;
    this.#pool.close();
    this.#pool = null;
  }
}

/** Node's own names: of the buffer that is read into, of what is called then, and of what gives the next buffer. */
const names = ["kBuffer", "kBufferCb", "kBufferGen"] as const;

const handleName = "_handle";

/** False where this Node has not the parts that it is known to have. */
function readInto(socket: Socket, reads: SocketReads): boolean {
  const inner = socket as unknown as Record<string | symbol, unknown>;
  const symbols = Object.getOwnPropertySymbols(socket);
  const [buffer, called, gives] = names.map((name) => symbols.find(({ description }) => description === name));
  const handle = inner[handleName] as Handle | null | undefined;
  if (!buffer || !called || !gives || typeof handle?.useUserBuffer !== "function") return false;
  inner[buffer] = shared;
  inner[called] = (bytes: number) => {
    reads.read(bytes);
    return true;
  };
  inner[gives] = () => reads.next();
  handle.useUserBuffer(shared);
  // without a listener for `data` nothing asks for the end
  socket.resume();
  return true;
}
