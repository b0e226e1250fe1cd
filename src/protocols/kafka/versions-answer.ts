// What clients are told of versions, encoded once for each version of the answer and state of the cluster: every connection begins with that question, and
// one in ten thousand answers differs from the one before in more than its correlation id.
import type { ClusterFacts } from "./cluster-facts.ts";
import { encodeResponseFrame, sizePrefixBytes } from "./header.ts";
import { type ApiVersionsResponse, apiVersionStruct, apiVersions } from "./messages/api-versions.ts";
import { allFeaturesVersion } from "./versions.ts";

/** By what the brokers said: when they say something else it is another object. */
const encoded = new WeakMap<ApiVersionsResponse, Map<number, Buffer>>();

/** The whole frame. `version` is one that we cover. Throws `broker-unavailable` before the cluster was reached. */
export function versionsAnswer(cluster: ClusterFacts, version: number, correlation: number): Buffer {
  const { versions } = cluster;
  let known = encoded.get(versions);
  if (!known) encoded.set(versions, (known = new Map()));
  let frame = known.get(version);
  if (!frame) known.set(version, (frame = encode(cluster, version)));
  const copy = Buffer.from(frame);
  copy.writeInt32BE(correlation, sizePrefixBytes);
  return copy;
}

function encode({ versions, advertised }: ClusterFacts, version: number): Buffer {
  const apiKeys = advertised.map((line) => apiVersionStruct.create(line));
  const { supportedFeatures: all } = versions;
  const supportedFeatures = version < allFeaturesVersion ? all.filter(({ minVersion }) => minVersion > 0) : all;
  return encodeResponseFrame(apiVersions, version, 0, { ...versions, throttleTimeMs: 0, apiKeys, supportedFeatures });
}
