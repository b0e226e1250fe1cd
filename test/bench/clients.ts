// Clients of the connections bench, by the thousand: a socket each and no more, or their own cost would be what is measured.
import { connect } from "node:net";

export interface IdleClient {
  /** Sends a frame; resolves with the answer's bytes when it has come. Rejects when the connection closes first. */
  ask(frame: Buffer): Promise<number>;
  close(): void;
}

/** Connects and says `hello`; resolves once that was answered. */
export async function openClient(address: string, hello: Buffer): Promise<IdleClient> {
  const [host = "", port = ""] = address.split(":");
  const socket = connect({ host, port: Number(port), noDelay: true });
  let missing = 0;
  let passed = 0;
  let waiting: PromiseWithResolvers<number> | null = null;
  socket.on("data", (chunk: Buffer) => {
    // the size comes with the first bytes: answers are small, and nobody is asked twice at a time
    missing += missing === 0 ? chunk.readInt32BE(0) + 4 - chunk.length : -chunk.length;
    passed += chunk.length;
    if (missing === 0) waiting?.resolve(passed);
  });
  socket.on("error", () => {}); // `close` follows
  socket.on("close", () => waiting?.reject(new Error("the connection closed")));
  const ask = (frame: Buffer): Promise<number> => {
    waiting = Promise.withResolvers<number>();
    passed = 0;
    socket.write(frame);
    return waiting.promise.finally(() => (waiting = null));
  };
  await ask(hello);
  return { ask, close: () => void socket.destroy() };
}
