// For the sweeps: for every rule × version that clients are offered, a request with something in every field that is no abuse, and an
// answer of the broker to it.

import { rules } from "../../../../src/protocols/kafka/operations/index.ts";
import type { AnyRule } from "../../../../src/protocols/kafka/rule.ts";
import type { Field } from "../../../../src/protocols/kafka/schema.ts";
import { noTopicId } from "../../../../src/protocols/kafka/topics.ts";
import { type Choose, filled } from "../../../support/filled.ts";
import { clusterInTest, type Given } from "../../../support/scenario.ts";

const cluster = await clusterInTest();

export interface Sweep {
  readonly name: string;
  readonly rule: AnyRule;
  readonly version: number;
}

/** Every rule at every version that clients are offered by a broker that has all. */
export const sweeps: readonly Sweep[] = (rules as readonly AnyRule[]).flatMap((rule) => {
  const versions = cluster.offered.get(rule.api.key);
  if (!versions) throw new Error(`${rule.api.name} has a rule and is not offered`);
  return Array.from({ length: versions.max - versions.min + 1 }, (_, index) => ({
    name: `${rule.api.name} v${versions.min + index}`,
    rule,
    version: versions.min + index,
  }));
});

/** Values without which a request is an abuse, or means something else. */
const harmless: Readonly<Record<string, unknown>> = {
  replicaId: -1,
  sessionId: 0,
  sessionEpoch: -1,
  forgottenTopicsData: [],
  keyType: 0,
  resourceType: 2,
  endpointType: 1,
  validateOnly: false,
  allowAutoTopicCreation: false,
  includeTopicAuthorizedOperations: false,
  includeClusterAuthorizedOperations: false,
  includeAuthorizedOperations: false,
  // opens a share session; any other must have been opened before
  shareSessionEpoch: 0,
  subscribedTopicRegex: null,
  sourceTopicRegex: [],
};

const chooseRequest =
  (version: number): Choose =>
  ({ name }: Field, owner) => {
    // by id where the version has ids: both at once are refused by brokers
    if (owner === "MetadataRequestTopic" && name === "name" && version >= 12) return null;
    if (owner === "MetadataRequestTopic" && name === "topicId" && version < 12) return noTopicId;
    if (owner === "DeleteTopicState" && name === "name") return null;
    return Object.hasOwn(harmless, name) ? harmless[name] : undefined;
  };

export function sweptRequest({ rule, version }: Sweep): object {
  return filled(rule.api.request.struct, version, chooseRequest(version));
}

/** The broker has the one topic that all requests name. */
export const given: Given = { topics: { AAAAAAAAAAAAAAAAAAAAAQ: "thing" } };

/** Success throughout; bits as if nobody had asked for them. */
export const chooseAnswer: Choose = ({ name }) => {
  if (/errorCode$/i.test(name)) return 0;
  if (/AuthorizedOperations$/i.test(name)) return -2147483648;
  if (name === "resourceType") return 2;
  return undefined;
};

export function sweptAnswer({ rule, version }: Sweep, choose: Choose = chooseAnswer): object {
  return filled(rule.api.response.struct, version, choose);
}
