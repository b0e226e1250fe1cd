// The accept stage: sockets of one configured listener. Either a bootstrap port and one port for each broker node, or one TLS port where
// the handshake's server name says which node is meant. Counts connections against the limit and hands each on with what is known of
// it; reads nothing itself.
import { createServer, type Server, type Socket } from "node:net";
import {
  createServer as createTlsServer,
  type SecureContextOptions,
  type TLSSocket,
  type Server as TlsServer,
} from "node:tls";
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { HostPort, NodeBook } from "./cluster.ts";
import type { ConnectionRoom } from "./connection-room.ts";
import { type OpenPort, type Ports, socketOptions } from "./ports.ts";
import { type SniTemplate, sniHost, sniNode } from "./sni.ts";
import type { TrafficCounts } from "./traffic-counts.ts";

export interface ListenerTls {
  /** What new connections are served with; `secure` replaces it. */
  readonly material: SecureContextOptions;
  /** Clients must present a certificate that `material.ca` signed. */
  readonly requestCert: boolean;
}

export interface ListenerOptions {
  readonly bind: HostPort;
  /** Where each broker node is served: node N on this port + N, or all on `bind` by the name that the client asks for (TLS only). */
  readonly nodes: HostPort | SniTemplate;
  /** The host that clients are told; with server names, that of the bootstrap address only. */
  readonly advertise: string;
  /** Null for plain TCP. */
  readonly tls: ListenerTls | null;
  readonly ports: Ports;
  /** For connections at once on all of this listener's ports; what has no room is closed. */
  readonly room: ConnectionRoom;
  readonly counts: TrafficCounts;
  readonly log: Log;
  /** Takes over an accepted socket. `node` is null for the bootstrap address. */
  accept(socket: Socket, node: number | null, address: HostPort): void;
}

const portMax = 65_535;

interface Served {
  readonly server: Server;
  readonly port: OpenPort;
}

export class Listener implements NodeBook {
  readonly #options: ListenerOptions;
  readonly #open = new Map<number | null, Promise<Served>>();
  #material: SecureContextOptions | undefined;
  #stopping = false;
  /** One for all sockets. */
  readonly #left = () => this.#options.room.leave();

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#material = options.tls?.material;
  }

  /** Opens the bootstrap port; resolves with the port, which is chosen freely where the configuration says 0. */
  async start(): Promise<number> {
    const { port } = await this.#listen(null, this.#options.bind);
    return port.port;
  }

  advertised(node: number): HostPort {
    const { nodes, advertise } = this.#options;
    if ("before" in nodes) return { host: sniHost(nodes, node), port: nodes.port };
    const port = nodes.port + node;
    if (node < 0 || port > portMax) {
      throw new LockkeeperError("broker-protocol", `broker node ${node} has no port: nodes start at ${nodes.port}`);
    }
    return { host: advertise, port };
  }

  async open(node: number): Promise<void> {
    const { nodes } = this.#options;
    if (this.#stopping || "before" in nodes) return;
    const { port } = this.advertised(node);
    await this.#listen(node, { host: nodes.host, port });
  }

  /** New connections are served with this from now on; those that stand keep what they began with. Throws when it is not usable. */
  async secure(material: SecureContextOptions): Promise<void> {
    this.#material = material;
    for (const opening of this.#open.values()) {
      const server = (await opening.catch(() => null))?.server;
      if (server && isTls(server)) server.setSecureContext(material);
    }
  }

  /** No new connections; those that stand are the caller's to end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const opening of this.#open.values()) (await opening.catch(() => null))?.port.close();
  }

  #listen(node: number | null, at: HostPort): Promise<Served> {
    const known = this.#open.get(node);
    if (known) return known;
    const served = this.#serve(node, at).catch((error: NodeJS.ErrnoException) => {
      this.#open.delete(node);
      const reason = error.code ?? error.message;
      throw new LockkeeperError("config-invalid", `cannot listen on ${at.host}:${at.port}: ${reason}`);
    });
    this.#open.set(node, served);
    return served;
  }

  async #serve(node: number | null, at: HostPort): Promise<Served> {
    const place = { port: at.port };
    const server = this.#server(node, place);
    const port = await this.#options.ports.open(server, at);
    place.port = port.port;
    return { server, port };
  }

  /** `place` has the port once it is known. */
  #server(node: number | null, place: { readonly port: number }): Server {
    const { tls, nodes } = this.#options;
    if (!tls) {
      return createServer(socketOptions, (socket) => {
        this.#count(socket, place.port);
        this.#accept(socket, node, place.port);
      });
    }
    const { requestCert } = tls;
    const options = { ...this.#material, requestCert, ...socketOptions, handshakeTimeout: limits.loginMsMax };
    const server = createTlsServer(options, (socket) => {
      const asked = "before" in nodes ? sniNode(nodes, socket.servername) : node;
      this.#accept(socket, asked, place.port);
    });
    // Counted from the first byte: handshakes that are never finished cost as much as sessions.
    server.on("connection", (socket: Socket) => this.#count(socket, place.port));
    server.on("tlsClientError", (error, socket) => this.#handshakeFailed(error, socket, place.port));
    return server;
  }

  #count(socket: Socket, port: number): void {
    const { counts, room, log } = this.#options;
    if (this.#stopping || !room.enter()) {
      counts.connections.refused++;
      if (!this.#stopping)
        log.warn(this.#whose(socket, port), "a connection too many (limits.connections): it was closed");
      socket.destroy();
      return;
    }
    counts.connections.accepted++;
    socket.on("close", this.#left);
  }

  #accept(socket: Socket, node: number | null, port: number): void {
    if (socket.destroyed) return;
    if (this.#stopping) {
      // its handshake began before: a session that begins now would be told nothing of the end
      socket.destroy();
      return;
    }
    const { nodes, advertise } = this.#options;
    const address = node !== null && "before" in nodes ? this.advertised(node) : { host: advertise, port };
    this.#options.accept(socket, node, address);
  }

  /** For the operational log; asked before the socket is destroyed. */
  #whose({ remoteAddress = "?", remotePort = 0 }: Socket, port: number) {
    return { listener: `${this.#options.advertise}:${port}`, client: `${remoteAddress}:${remotePort}` };
  }

  /** A wrong or missing certificate, a plain-text client, noise: ends its own socket and nothing else, and leaves a line. */
  #handshakeFailed(error: NodeJS.ErrnoException, socket: TLSSocket, port: number): void {
    const { authorizationError } = socket;
    const reason = authorizationError ? String(authorizationError) : (error.code ?? error.message);
    const whose = this.#whose(socket, port);
    socket.destroy();
    // Load balancers look whether a port is open by connecting and leaving: that is no failure.
    if (reason === "ECONNRESET" && !authorizationError) return;
    this.#options.log.warn({ ...whose, reason }, "TLS handshake failed");
  }
}

function isTls(server: Server): server is TlsServer {
  return "setSecureContext" in server;
}
