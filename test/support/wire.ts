// A client that is nothing but a socket: for requests that no library sends, bytes that are no requests, and watching a connection close.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { kafkaFramer } from "../../src/protocols/kafka/framing.ts";
import { apiVersions } from "../../src/protocols/kafka/messages/api-versions.ts";
import { saslAuthenticate } from "../../src/protocols/kafka/messages/sasl-authenticate.ts";
import { saslHandshake } from "../../src/protocols/kafka/messages/sasl-handshake.ts";
import type { ApiMessages, Init } from "../../src/protocols/kafka/schema.ts";
import { decodeResponse, requestFrame } from "./frames.ts";

const frameBytesMax = 16 * 1024 * 1024;

export interface Wire {
  readonly socket: Socket;
  /** Sends bytes as they are. */
  readonly send: (bytes: Uint8Array) => void;
  /** Sends a request and decodes its answer; rejects when the connection closes first. */
  readonly ask: <Req, Res>(api: ApiMessages<Req, Res>, version: number, request: Init<Req>) => Promise<Res>;
  /** SASL/PLAIN. @returns the error code of SaslAuthenticate */
  readonly login: (user: string, password: string, software?: string) => Promise<number>;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>;
  /** Frames that came and that nobody asked for. */
  readonly unasked: readonly Buffer[];
  readonly close: () => void;
}

export async function openWire(address: string): Promise<Wire> {
  const [host = "", port = ""] = address.split(":");
  const socket = connect({ host, port: Number(port) });
  await once(socket, "connect");
  const framer = kafkaFramer(frameBytesMax);
  const framesOf = (chunk: Buffer): readonly Buffer[] => {
    try {
      return [...framer.push(chunk)];
    } catch {
      return [chunk]; // not Kafka: an HTTP server's answer to noise
    }
  };
  const waiting: ((frame: Buffer | null) => void)[] = [];
  const unasked: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => {
    for (const frame of framesOf(chunk)) {
      const next = waiting.shift();
      if (next) next(frame);
      else unasked.push(frame);
    }
  });
  socket.on("error", () => {}); // a reset is one way to be closed
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  void closed.then(() => {
    for (const next of waiting.splice(0)) next(null);
  });
  const ask: Wire["ask"] = async (api, version, request) => {
    const { promise, resolve } = Promise.withResolvers<Buffer | null>();
    if (socket.destroyed) throw new Error("the connection is closed");
    waiting.push(resolve);
    socket.write(requestFrame(api, version, request));
    const frame = await promise;
    if (frame === null) throw new Error(`the connection closed before ${api.name} was answered`);
    return decodeResponse(api, version, frame);
  };
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    ask,
    async login(user, password, software = "wire") {
      await ask(apiVersions, 3, { clientSoftwareName: software, clientSoftwareVersion: "1" });
      await ask(saslHandshake, 1, { mechanism: "PLAIN" });
      const answer = await ask(saslAuthenticate, 1, { authBytes: Buffer.from(`\0${user}\0${password}`) });
      return answer.errorCode;
    },
    closed,
    unasked,
    close: () => void socket.destroy(),
  };
}
