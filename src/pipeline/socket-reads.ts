// Reads a socket into memory that is used again. Node has this for sockets that it connects (`onread`), not for those that it accepts, so the
// same inner parts are used for both here; where they are not as known, and for TLS, the socket is read by its `data` event, which costs more
// and says the same. A connection that has little to say shares one buffer with all others, and what it says is copied.
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { ChunkPool, release } from "../base/chunks.ts";
import { limits } from "../base/limits.ts";

/** Whom a socket belongs to. Ten thousand idle sockets share the functions that listen to them; what is each one's own is its owner. */
export interface SocketOwner {
  /** A chunk is valid during the call; who keeps a view retains it (base/chunks.ts). */
  onChunk(chunk: Buffer): void;
  /** The other side will send nothing more, or the socket failed. */
  onEnd(error: NodeJS.ErrnoException | null): void;
  /** Nothing follows. */
  onClose(): void;
  /** What was written has left. */
  onDrain(): void;
}

interface Handle {
  useUserBuffer?(buffer: Buffer): void;
}

const shared = Buffer.allocUnsafeSlow(limits.readChunkBytes);
/** Connections that have memory of their own. */
let hot = 0;

/** Tells the owner all that comes, until the socket closes. */
export function readSocket(socket: Socket, owner: SocketOwner): void {
  const reads = new SocketReads(owner, socket);
  (socket as OwnedSocket)[readsOf] = reads;
  if (socket instanceof TLSSocket || !readInto(socket)) socket.on("data", dataCame);
  socket.on("end", ended);
  socket.on("error", failed);
  socket.on("close", closed);
  socket.on("drain", drained);
}

/** On the socket: what it is read with. */
const readsOf = Symbol("SocketReads");

type OwnedSocket = Socket & { [readsOf]: SocketReads };

// Node calls these on the socket.

function dataCame(this: OwnedSocket, chunk: Buffer): void {
  this[readsOf].owner.onChunk(chunk);
}

function ended(this: OwnedSocket): void {
  this[readsOf].owner.onEnd(null);
}

function failed(this: OwnedSocket, error: NodeJS.ErrnoException): void {
  this[readsOf].owner.onEnd(error);
}

function closed(this: OwnedSocket): void {
  this[readsOf].close();
  this[readsOf].owner.onClose();
}

function drained(this: OwnedSocket): void {
  this[readsOf].owner.onDrain();
}

class SocketReads {
  readonly owner: SocketOwner;
  readonly #socket: Socket;
  #pool: ChunkPool | null = null;
  #current: Buffer = shared;
  #smallReads = 0;
  #closed = false;

  constructor(owner: SocketOwner, socket: Socket) {
    this.owner = owner;
    this.#socket = socket;
  }

  /** `bytes` have been read into the current buffer. */
  read(bytes: number): void {
    const buffer = this.#current;
    if (buffer === shared) {
      this.owner.onChunk(Buffer.from(buffer.subarray(0, bytes)));
      if (bytes >= limits.hotReadBytesMin) this.#warm();
      return;
    }
    try {
      this.owner.onChunk(buffer.subarray(0, bytes));
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
    setInner(this.#socket, "kBufferGen", () => this.next());
  }

  #cool(): void {
    if (!this.#pool) return;
    hot--;
    this.#pool.close();
    this.#pool = null;
  }
}

/** Node's own names: of the buffer that is read into, of what is called then, and of what gives the next buffer. */
type InnerName = "kBuffer" | "kBufferCb" | "kBufferGen";

type Inner = Record<string | symbol, unknown>;

/** The symbols of these names, the same for all sockets; looked for at the first one. */
let symbols: ReadonlyMap<string | undefined, symbol> | null = null;

/** False where this Node has no such part. */
function setInner(socket: Socket, name: InnerName, value: unknown): boolean {
  symbols ??= new Map(Object.getOwnPropertySymbols(socket).map((symbol) => [symbol.description, symbol]));
  const symbol = symbols.get(name);
  if (symbol) (socket as unknown as Inner)[symbol] = value;
  return symbol !== undefined;
}

/** Node calls it on the socket. */
function bytesCame(this: OwnedSocket, bytes: number): boolean {
  this[readsOf].read(bytes);
  return true;
}

const handleName = "_handle";

/** False where this Node has not the parts that it is known to have. */
function readInto(socket: Socket): boolean {
  const handle = (socket as unknown as Inner)[handleName] as Handle | null | undefined;
  if (typeof handle?.useUserBuffer !== "function") return false;
  // all share one buffer: the next one is asked for once a connection is hot
  if (!setInner(socket, "kBufferGen", null) || !setInner(socket, "kBufferCb", bytesCame)) return false;
  if (!setInner(socket, "kBuffer", shared)) return false;
  handle.useUserBuffer(shared);
  // without a listener for `data` nothing asks for the end
  socket.resume();
  return true;
}
