// Whether a client that says whom it believes to talk to (ApiVersions 5, KIP-1242) is right, told as a broker tells it: addresses are
// reused, and a client with stale metadata would write to another cluster. Clients know the cluster by the id that Metadata shows
// and the node by the address that it was told, so both are compared as this side shows them. Compares; refuses nothing itself.
import type { ApiVersionsRequest } from "./messages/api-versions.ts";

/** The first version that carries the two ids. */
const routedVersion = 5;
const noNode = -1;

/** Where the client has arrived. */
export interface Arrival {
  /** False before login: a broker's login stage does not compare either. */
  readonly loggedIn: boolean;
  /** As clients see it; null while no broker has told it, and then only the node is compared. */
  readonly clusterId: string | null;
  /** The node of the listener's address; null at the bootstrap address, which is no node's. */
  readonly node: number | null;
}

/** The name of the error to answer with, or null where nothing is wrong. */
export function misrouted(
  { clusterId, nodeId }: ApiVersionsRequest,
  version: number,
  arrival: Arrival,
): "INVALID_REQUEST" | "REBOOTSTRAP_REQUIRED" | null {
  if (version < routedVersion) return null;
  if ((clusterId === null) !== (nodeId === noNode)) return "INVALID_REQUEST";
  if (clusterId === null || !arrival.loggedIn) return null;
  const right = (arrival.clusterId === null || clusterId === arrival.clusterId) && nodeId === arrival.node;
  return right ? null : "REBOOTSTRAP_REQUIRED";
}
