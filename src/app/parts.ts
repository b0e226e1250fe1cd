// What every room is opened with.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Config } from "../config/schema.ts";
import type { WorkerSeat } from "./workers/seat.ts";

export interface GatewayParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Where several workers share the ports: what this one shares with the others. `config` is the worker's own then. */
  readonly worker?: WorkerSeat;
}
