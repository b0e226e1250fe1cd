// The accept stage: sockets of one configured listener, the bootstrap port and one port for each broker node. Counts
// connections against the limit and hands each on with what is known of it; reads nothing itself.
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type SecureContextOptions } from "node:tls";
import { LockkeeperError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { HostPort, NodeBook } from "./cluster.ts";

export interface ListenerOptions {
  readonly bind: HostPort;
  /** Node N is served on this port + N. */
  readonly nodes: HostPort;
  /** The host that clients are told. */
  readonly advertise: string;
  /** Null for plain TCP. */
  readonly tls: (SecureContextOptions & { readonly requestCert: boolean }) | null;
  /** Connections at once on all of this listener's ports; more are closed. */
  readonly connectionsMax: number;
  readonly log: Log;
  /** Takes over an accepted socket. `node` is null on the bootstrap port. */
  accept(socket: Socket, node: number | null, address: HostPort): void;
}

const portMax = 65_535;

export class Listener implements NodeBook {
  readonly #options: ListenerOptions;
  readonly #servers = new Map<number | null, Promise<Server>>();
  readonly #sockets = new Set<Socket>();
  #stopping = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Opens the bootstrap port; resolves with the port, which is chosen freely where the configuration says 0. */
  async start(): Promise<number> {
    const server = await this.#listen(null, this.#options.bind);
    return addressOf(server).port;
  }

  advertised(node: number): HostPort {
    const port = this.#options.nodes.port + node;
    if (node < 0 || port > portMax) {
      throw new LockkeeperError(
        "broker-protocol",
        `broker node ${node} has no port: nodes start at ${this.#options.nodes.port}`,
      );
    }
    return { host: this.#options.advertise, port };
  }

  async open(node: number): Promise<void> {
    if (this.#stopping) return;
    const { port } = this.advertised(node);
    await this.#listen(node, { host: this.#options.nodes.host, port });
  }

  /** No new connections; those that stand are the caller's to end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const opening of this.#servers.values()) {
      const server = await opening.catch(() => null);
      server?.close();
    }
  }

  #listen(node: number | null, at: HostPort): Promise<Server> {
    const known = this.#servers.get(node);
    if (known) return known;
    const { promise, resolve, reject } = Promise.withResolvers<Server>();
    this.#servers.set(node, promise);
    const { tls } = this.#options;
    const accept = (socket: Socket) => this.#accept(socket, node, server);
    const server: Server = tls
      ? createTlsServer({ ...tls, noDelay: true }, accept)
      : createServer({ noDelay: true }, accept);
    server.on("tlsClientError", () => {}); // hostile or mistaken handshakes end their own socket and nothing else
    server.once("error", (error: NodeJS.ErrnoException) => {
      this.#servers.delete(node);
      reject(
        new LockkeeperError("config-invalid", `cannot listen on ${at.host}:${at.port}: ${error.code ?? error.message}`),
      );
    });
    server.listen(at.port, at.host, () => resolve(server));
    return promise;
  }

  #accept(socket: Socket, node: number | null, server: Server): void {
    if (this.#stopping || this.#sockets.size >= this.#options.connectionsMax) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#options.accept(socket, node, { host: this.#options.advertise, port: addressOf(server).port });
  }
}

function addressOf(server: Server): { port: number } {
  const address = server.address();
  return address && typeof address === "object" ? address : { port: 0 };
}
