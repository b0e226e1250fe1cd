// The connections that are open, over all listeners: told of a new policy, and ended when the gateway stops.
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import type { Connection } from "../pipeline/connection.ts";

/** Time for work in flight when the gateway stops; what is not done by then is cut. */
const drainMsMax = 10_000;
/** Connections that hear of a new policy in one turn of the event loop: some milliseconds of decisions. */
const connectionsATurn = 50;

export class OpenConnections implements Iterable<Connection> {
  readonly #all = new Set<Connection>();
  #emptied: () => void = () => {};

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#all.values();
  }

  begin(connection: Connection): void {
    this.#all.add(connection);
    connection.run(this.#over);
  }

  /** One for all of them. */
  readonly #over = (connection: Connection): void => {
    this.#all.delete(connection);
    if (this.#all.size === 0) this.#emptied();
  };

  /** Fetches that wait at brokers are judged anew, some connections a turn: thousands at once would stop the traffic of all others. */
  async policyChanged(): Promise<void> {
    let told = 0;
    for (const connection of this.#all) {
      connection.policyChanged();
      if (++told % connectionsATurn === 0) await setImmediate();
    }
  }

  /** Resolves when none is open any more. */
  async drain(clock: Clock): Promise<void> {
    for (const connection of this.#all) connection.drain();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(drainMsMax, resolve);
    await Promise.race([this.#empty(), late]);
    cancel();
    for (const connection of this.#all) connection.destroy("the gateway is stopping");
    await this.#empty();
  }

  #empty(): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#emptied = resolve;
    });
  }
}
