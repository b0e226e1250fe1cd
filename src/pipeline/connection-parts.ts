// What a connection is given. Most of it is its stages' own; made in app/client-parts.ts.
import type { TransportLogin } from "../identity/mtls.ts";
import type { ProtocolSession } from "../protocols/protocol.ts";
import type { BrokerSideParts } from "./broker-side.ts";
import type { LoginParts } from "./login-path.ts";
import type { RequestParts } from "./request-parts.ts";

export interface ConnectionParts extends RequestParts, LoginParts, BrokerSideParts {
  readonly protocolSession: ProtocolSession;
  /** Who calls, where the transport has proved it (a client certificate); null where the login comes by messages. */
  readonly transportLogin: TransportLogin | null;
  /** The largest request of a client that has logged in. */
  readonly requestFrameBytesMax: number;
}
