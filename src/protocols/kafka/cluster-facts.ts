// What a session may know of its cluster.
import type { ApiVersionsResponse } from "./messages/api-versions.ts";
import type { TopicNames } from "./topics.ts";
import type { Coverage, OfferedApi } from "./versions.ts";

export interface ClusterFacts {
  readonly topics: TopicNames;
  /** As Metadata shows it to clients; null until a broker has told it. */
  readonly clusterId: string | null;
  /** What the brokers offer. Throws `broker-unavailable` before the first login. */
  readonly versions: ApiVersionsResponse;
  /** What clients may use: what our rules cover and the brokers offer. */
  readonly offered: Coverage;
  /** The same as the lines of an ApiVersions answer. */
  readonly advertised: readonly OfferedApi[];
}
