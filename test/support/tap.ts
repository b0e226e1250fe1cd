// A tap between clients and a gateway: clients are told 127.0.0.2, where it listens on the gateway's own port numbers, and everything goes on to
// 127.0.0.1. It notes which API each connection asked for, by the bytes alone, so that what the gateway says can be compared with it.
import { connect, createServer, type Server, type Socket } from "node:net";
import { ownFrame } from "../../src/protocols/frame.ts";
import { kafkaFramer } from "../../src/protocols/kafka/framing.ts";
import { apiByKey } from "../../src/protocols/kafka/messages/index.ts";

/** The address that clients are told (`listeners[].advertise`). */
export const tapHost = "127.0.0.2";
const gatewayHost = "127.0.0.1";

export interface Tap extends AsyncDisposable {
  /** The client's address as the gateway sees it (`session.client`) → the APIs that were asked for, in order. */
  readonly asked: ReadonlyMap<string, readonly string[]>;
}

/** @param ports the gateway's: bootstrap, and one for each broker */
export async function startTap(ports: readonly number[]): Promise<Tap> {
  const asked = new Map<string, string[]>();
  const sockets = new Set<Socket>();
  const servers = await Promise.all(ports.map((port) => listen(port, (client) => pass(client, port))));

  function pass(client: Socket, port: number): void {
    const gateway = connect(port, gatewayHost);
    const framer = kafkaFramer(64 * 1024 * 1024);
    const apis: string[] = [];
    for (const socket of [client, gateway]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    gateway.once("connect", () => asked.set(`${gateway.localAddress}:${gateway.localPort}`, apis));
    client.on("data", (chunk: Buffer) => {
      for (const frame of framer.push(Buffer.from(chunk))) {
        const key = ownFrame(frame).readInt16BE(4);
        apis.push(apiByKey(key)?.name ?? `API ${key}`);
      }
    });
    client.pipe(gateway).pipe(client);
  }

  return {
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer({ noDelay: true }, accept);
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, tapHost, resolve));
  return server;
}
