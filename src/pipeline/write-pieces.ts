// Writes bytes to a socket, in one system call where they are several pieces. Memory of a pool is kept until it has left.
import type { Socket } from "node:net";
import { isPooled, release, retain } from "../base/chunks.ts";

export function writePieces(socket: Socket, pieces: readonly Buffer[]): void {
  if (pieces.length === 1) {
    writePiece(socket, pieces[0] as Buffer);
    return;
  }
  socket.cork();
  for (const piece of pieces) writePiece(socket, piece);
  socket.uncork();
}

function writePiece(socket: Socket, piece: Buffer): void {
  if (!isPooled(piece)) {
    socket.write(piece);
    return;
  }
  retain(piece);
  socket.write(piece, () => release(piece));
}

/** True where the socket has more to write than it should: it tells with `drain` when it has not any more. What left at once does not count. */
export function isFull(socket: Socket): boolean {
  return socket.writableLength >= socket.writableHighWaterMark;
}
