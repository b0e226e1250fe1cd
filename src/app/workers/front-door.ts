// The ports of a gateway with several workers: the primary listens, and gives each connection to the worker that has the fewest; between equals chance
// decides. Strict turns would not do: clients open connections in pairs (one to the group's coordinator, one to fetch), and turns put all of one kind
// on one worker. Nothing is read here; a connection that no worker can take is closed, and its client comes again.
import { createServer, type Server, type Socket } from "node:net";
import { limits } from "../../base/limits.ts";

export interface DoorWorker {
  /** Connections that it has, as far as is known here. */
  load(): number;
  /** `done` is called when the socket is the worker's, or with why it is not. */
  hand(key: string, socket: Socket, done: (error: Error | null) => void): void;
}

interface Port {
  readonly server: Server;
  readonly opening: Promise<number>;
  readonly slots: Set<number>;
}

export class FrontDoor {
  readonly #worker: (slot: number) => DoorWorker;
  readonly #random: () => number;
  readonly #ports = new Map<string, Port>();
  /** Sockets on their way to a worker. */
  readonly #under = new Map<number, Set<Socket>>();

  constructor(worker: (slot: number) => DoorWorker, random: () => number = Math.random) {
    this.#worker = worker;
    this.#random = random;
  }

  /** `key` names the port among the workers: its address, and which one it is where the system chooses. Rejects as listening does. */
  async open(slot: number, key: string, host: string, port: number): Promise<number> {
    const known = this.#ports.get(key) ?? this.#listen(key, host, port);
    known.slots.add(slot);
    try {
      return await known.opening;
    } catch (error) {
      this.close(slot, key);
      throw error;
    }
  }

  close(slot: number, key: string): void {
    const port = this.#ports.get(key);
    if (!port?.slots.delete(slot) || port.slots.size > 0) return;
    this.#ports.delete(key);
    port.server.close();
  }

  /** Its ports are the others'; what was on its way to it is lost. */
  left(slot: number): void {
    for (const key of this.#ports.keys()) this.close(slot, key);
    for (const socket of this.#under.get(slot) ?? []) socket.destroy();
    this.#under.delete(slot);
  }

  #listen(key: string, host: string, at: number): Port {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const server = createServer({ pauseOnConnect: true }, (socket) => this.#accept(key, socket));
    server.once("error", reject);
    server.listen({ port: at, host, backlog: limits.listenBacklog }, () => {
      const address = server.address();
      resolve(address && typeof address === "object" ? address.port : at);
    });
    const port = { server, opening: promise, slots: new Set<number>() };
    this.#ports.set(key, port);
    return port;
  }

  #accept(key: string, socket: Socket): void {
    // whoever it is given to hears of its end
    socket.on("error", () => {});
    const slot = this.#choose([...(this.#ports.get(key)?.slots ?? [])]);
    if (slot === undefined) {
      socket.destroy();
      return;
    }
    const under = this.#under.get(slot) ?? new Set();
    this.#under.set(slot, under.add(socket));
    this.#worker(slot).hand(key, socket, (error) => {
      under.delete(socket);
      if (error) socket.destroy();
    });
  }

  #choose(slots: readonly number[]): number | undefined {
    const loads = slots.map((slot) => this.#worker(slot).load());
    const least = Math.min(...loads);
    const idle = slots.filter((_, at) => loads[at] === least);
    return idle[Math.floor(this.#random() * idle.length)];
  }
}
