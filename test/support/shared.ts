// The servers that all integration tests share, started once for the whole run (global-setup.ts): a test keeps to topics and names of its own.
import { inject } from "vitest";

export interface SharedKafka {
  /** PLAINTEXT, everybody is a super user: for looking behind the gateway. */
  readonly bootstrap: readonly string[];
  /** SASL_PLAINTEXT with ACLs; `admin` and `proxy` are super users. */
  readonly sasl: readonly string[];
  /** Name → password. */
  readonly users: Readonly<Record<string, string>>;
  readonly clusterId: string;
}

export interface SharedServers {
  readonly kafka: SharedKafka;
  readonly redisUrl: string;
}

declare module "vitest" {
  interface ProvidedContext {
    servers: SharedServers;
  }
}

/** The shared servers. A test that stops or breaks a server starts its own. */
export function sharedServers(): SharedServers {
  return inject("servers");
}
