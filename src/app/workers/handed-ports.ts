// A worker's ports: held by the primary, which hands it the connections. A worker that was started again asks for the same ports in the same order, so
// that the n-th one that the system chose is the same for all.
import type { Server, Socket } from "node:net";
import { type OpenPort, type Ports, socketOptions } from "../../pipeline/ports.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

export interface HandedPorts extends Ports {
  /** For messages about ports; true where it was one. */
  take(message: ToWorker, socket: Socket | undefined): boolean;
}

/** `came` hears of each connection that the primary handed over, whatever becomes of it. */
export function handedPorts(send: (message: FromWorker) => void, came: () => void): HandedPorts {
  const servers = new Map<string, Server>();
  const opening = new Map<string, PromiseWithResolvers<number>>();
  let chosen = 0;

  function connected(key: string, socket: Socket | undefined): void {
    // undefined: the client had gone before it was here
    if (!socket) return;
    const server = servers.get(key);
    // what a listening server would have set
    socket.setNoDelay(socketOptions.noDelay).setKeepAlive(socketOptions.keepAlive, socketOptions.keepAliveInitialDelay);
    if (server) server.emit("connection", socket);
    else socket.destroy();
  }

  return {
    async open(server, { host, port }): Promise<OpenPort> {
      const key = port === 0 ? `${host}:0#${++chosen}` : `${host}:${port}`;
      const answer = Promise.withResolvers<number>();
      opening.set(key, answer);
      servers.set(key, server);
      send({ type: "open-port", key, host, port });
      const opened = await answer.promise;
      const close = () => {
        if (servers.delete(key)) send({ type: "close-port", key });
      };
      return { port: opened, close };
    },
    take(message, socket) {
      if (message.type === "connection") {
        came();
        connected(message.key, socket);
      } else if (message.type === "port-open") opening.get(message.key)?.resolve(message.port);
      else if (message.type === "port-refused") {
        servers.delete(message.key);
        opening.get(message.key)?.reject(Object.assign(new Error(message.code), { code: message.code }));
      } else return false;
      return true;
    },
  };
}
