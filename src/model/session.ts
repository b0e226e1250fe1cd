// One client connection from handshake to termination.
import type { Grant } from "./approval.ts";
import type { Identity } from "./identity.ts";

/** What the client says of itself (KIP-511); a claim, never a proof. */
export interface ClientSoftware {
  readonly name: string;
  readonly version: string;
}

export interface Session {
  readonly id: string;
  readonly protocol: string;
  readonly cluster: string;
  /** The listener's address as clients see it, `host:port`. */
  readonly listener: string;
  /** The broker node that this listener stands for, or null for the bootstrap address. */
  readonly node: number | null;
  /** The client's address, `host:port`. */
  readonly client: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly tls: boolean;
  /** Null until login; a re-authentication replaces it, but never its principal. */
  identity: Identity | null;
  software: ClientSoftware | null;
  /** The latest client id that a request header carried. */
  clientId: string | null;
  /** Roles that the principal has for a time, none past its end. Replaced, never changed: who keeps decisions compares the list itself. */
  grants?: readonly Grant[];
}
