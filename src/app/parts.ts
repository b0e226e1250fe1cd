// What every room is opened with.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Config } from "../config/schema.ts";

export interface GatewayParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}
