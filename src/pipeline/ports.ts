// Where a listener's connections come from: ports of this process. Where several processes share ports, another implementation gets them from
// the one that holds them.
import type { Server } from "node:net";
import { limits } from "../base/limits.ts";
import type { HostPort } from "./cluster.ts";

/** A client whose machine has gone leaves no word: without keep-alive its session, and its place among the connections, would stay for ever. */
export const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: limits.clientSilentMsMax };

export interface Ports {
  /** Connections to `at` are `server`'s from now on. Rejects with an error that has the system's code. */
  open(server: Server, at: HostPort): Promise<OpenPort>;
}

export interface OpenPort {
  /** Chosen by the system where 0 was asked for. */
  readonly port: number;
  /** No new connections; those that stand go on. */
  close(): void;
}

export const ownPorts: Ports = {
  async open(server, { host, port }) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(port, host, resolve);
    await promise;
    server.removeListener("error", reject);
    const address = server.address();
    return { port: address && typeof address === "object" ? address.port : port, close: () => void server.close() };
  },
};
