import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { ChunkPool, retain, SlabPool } from "../../../src/base/chunks.ts";
import { readSocket, type SocketOwner } from "../../../src/pipeline/socket-reads.ts";
import { SocketWrites } from "../../../src/pipeline/socket-writes.ts";
import { createAuthority } from "../../support/certificates.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { eventually } from "../../support/wait.ts";

/** Both ends of a connection on loopback; `event` is the server's when it has one. */
async function ends(
  server: Server,
  event: string,
  open: (port: number) => Socket,
): Promise<{ near: Socket; far: Socket }> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const far = open(address.port);
  const [near] = (await once(server, event)) as [Socket];
  onTestFinished(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

const connected = () => ends(createServer(), "connection", (port) => connect(port, "127.0.0.1"));

async function connectedOverTls() {
  using folder = tempDir();
  const { cert, key } = createAuthority(folder.path).issue("server", { subject: "/CN=localhost" });
  const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) });
  const open = (port: number) => connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  return await ends(server, "secureConnection", open);
}

const owner = (onChunk: SocketOwner["onChunk"] = () => {}): SocketOwner => ({
  onChunk,
  onEnd() {},
  onClose() {},
  onDrain() {},
});

test("memory that waits to be written is not used again before it has left", async () => {
  const { near, far } = await connected();
  const pool = new ChunkPool();
  const writes = new SocketWrites(near);
  const written = new Set<ArrayBufferLike>();
  while (near.writableLength === 0) {
    const chunk = pool.take();
    written.add(chunk.buffer);
    writes.write([chunk]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const waiting = [...written].at(-1);
  const others = Array.from({ length: 12 }, () => pool.take());
  expect(others.some(({ buffer }) => buffer === waiting)).toBe(false);
  far.resume();
  await eventually(() => near.writableLength === 0, { what: "everything to be written" });
  await eventually(() => pool.take().buffer === waiting, { what: "the memory to come back" });
});

test.for([
  ["plain", connected],
  ["TLS", connectedOverTls],
] as const)(
  "memory that is shared with threads leaves as it was written, and comes back then: %s",
  async ([, open]) => {
    const { near, far } = await open();
    const hash = createHash("sha256");
    let came = 0;
    far.on("data", (data: Buffer) => {
      came += data.length;
      hash.update(data);
    });
    const writes = new SocketWrites(near);
    const slabs = new SlabPool(100_000, 3);
    const sent = createHash("sha256");
    let bytes = 0;
    for (let round = 0; round < 60; round++) {
      const slab = await eventually(() => slabs.take() ?? undefined, { what: "a slab to come back" });
      slab.fill(round);
      const pieces = [Buffer.from(`${round}:`), slab.subarray(0, 40_000), Buffer.from("-"), slab.subarray(40_000)];
      retain(slab);
      for (const piece of pieces) {
        sent.update(piece);
        bytes += piece.length;
      }
      writes.write(pieces);
    }
    await eventually(() => came === bytes, { what: "all of it" });
    expect(hash.digest("hex")).toBe(sent.digest("hex"));
  },
);

test("what is gathered leaves in order, and pieces of one chunk as one write", async () => {
  const { near, far } = await connected();
  const chunk = new ChunkPool().take();
  chunk.fill("abcdefgh");
  const piece = (from: number, to: number) => {
    const view = chunk.subarray(from, to);
    retain(view);
    return view;
  };
  const given: string[] = [];
  const write = near.write.bind(near);
  near.write = (bytes: Buffer) => {
    given.push(bytes.toString("latin1"));
    return write(bytes);
  };
  const writes = new SocketWrites(near);
  writes.cork();
  writes.write([piece(0, 2), piece(2, 3)]);
  writes.write([piece(3, 5), Buffer.from("-"), piece(6, 8)]);
  expect(given).toEqual([]);
  writes.uncork();
  expect(given).toEqual(["abcde", "-", "gh"]);
  let came = "";
  far.on("data", (data: Buffer) => (came += data.toString("latin1")));
  await eventually(() => came === "abcde-gh", { what: "all of it, in order" });
});

test("Node has the parts that let reads use memory again, for sockets that it accepts and that it connects", async () => {
  const { near, far } = await connected();
  const buffers = new Map<Socket, Set<ArrayBufferLike>>(
    [near, far].map((socket) => [socket, new Set<ArrayBufferLike>()]),
  );
  let reads = 0;
  for (const socket of [near, far])
    readSocket(
      socket,
      owner((chunk) => {
        reads++;
        if (chunk.length > 4_096) buffers.get(socket)?.add(chunk.buffer);
      }),
    );
  for (let round = 0; round < 40; round++) {
    const before = reads;
    near.write(Buffer.alloc(32_000));
    far.write(Buffer.alloc(32_000));
    await eventually(() => reads >= before + 2, { what: "reads" });
  }
  expect(reads).toBeGreaterThan(60);
  // the first read of each is a copy
  for (const own of buffers.values()) expect(own.size).toBeLessThan(5);
});

test("the end of a socket that is read so is told, as is its failure", async () => {
  const { near, far } = await connected();
  readSocket(near, owner());
  const ended = once(near, "end");
  far.end(Buffer.alloc(100_000));
  await ended;
});
