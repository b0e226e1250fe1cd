// APIs that are one operation on the cluster, allowed or refused as a whole: their answers carry one error at the top and no address.
// What an API shows is in its name; a policy that allows one allows all that it shows.
import type { Json, JsonObject } from "../../../base/json.ts";
import type { Risk, Verb } from "../../../model/operation.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { errorCode } from "../errors.ts";
import { addVoterFacts, brokerFacts, controllerFacts, removeVoterFacts } from "../facts/quorum.ts";
import { addRaftVoter } from "../messages/add-raft-voter.ts";
import { describeClientQuotas } from "../messages/describe-client-quotas.ts";
import { describeLogDirs } from "../messages/describe-log-dirs.ts";
import { type DescribeQuorumResponse, describeQuorum } from "../messages/describe-quorum.ts";
import { listPartitionReassignments } from "../messages/list-partition-reassignments.ts";
import { removeRaftVoter } from "../messages/remove-raft-voter.ts";
import { unregisterBroker } from "../messages/unregister-broker.ts";
import { unregisterController } from "../messages/unregister-controller.ts";
import type { FactsContext, Rule, VersionRange } from "../rule.ts";
import type { ApiMessages } from "../schema.ts";
import { toJson } from "../summary.ts";
import { wholeRule } from "../whole-rule.ts";
import { cluster, operation } from "./describe.ts";

interface Whole {
  readonly name: string;
  readonly verb: Verb;
  readonly risk: Risk;
  readonly versions: VersionRange;
}

function whole<Req, Res extends { errorCode: number; errorMessage?: string | null }>(
  api: ApiMessages<Req, Res>,
  { name, verb, risk, versions }: Whole,
  more: {
    respond?(response: Res): Res;
    /** See Rule; for what people are asked about. */
    facts?(request: Req, context: FactsContext): Promise<ExchangeFacts>;
  } = {},
): Rule<Req, Res> {
  const { respond, facts } = more;
  return wholeRule({
    api,
    versions,
    operations: (request) => {
      const { timeoutMs: _patience, ...attributes } = withoutTags(toJson(request)) as JsonObject;
      return [operation(name, verb, cluster, { risk, attributes })];
    },
    denied: () => errorCode("CLUSTER_AUTHORIZATION_FAILED"),
    refuse({ code, message }) {
      const response = api.response.create();
      return "errorMessage" in response
        ? { ...response, errorCode: code, errorMessage: message }
        : { ...response, errorCode: code };
    },
    error: (response) => response.errorCode,
    ...(respond && { respond }),
    ...(facts && { facts }),
  });
}

/** A request as Kafka names its fields, without what no version of ours can name. */
function withoutTags(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutTags);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => name !== "unknownTaggedFields");
  return Object.fromEntries(fields.map(([name, it]) => [name, withoutTags(it as Json)]));
}

const risky = (name: string, verb: Verb, min: number, max: number): Whole => ({
  name,
  verb,
  risk: "high",
  versions: { min, max },
});

const look = (name: string, min: number, max: number): Whole => ({
  name,
  verb: "describe",
  risk: "low",
  versions: { min, max },
});

export const wholeRules = [
  whole(listPartitionReassignments, look("cluster.describe-reassignments", 0, 0)),
  whole(describeClientQuotas, look("cluster.describe-quotas", 0, 1)),
  // before 3 there is no error at the top: an empty answer is read as one
  whole(describeLogDirs, look("cluster.describe-log-dirs", 1, 5)),
  whole(describeQuorum, look("cluster.describe-quorum", 0, 2), { respond: withoutAddresses }),
  whole(unregisterBroker, risky("cluster.unregister-broker", "delete", 0, 0), {
    facts: ({ brokerId }, context) => brokerFacts(brokerId, context),
  }),
  whole(addRaftVoter, risky("cluster.add-voter", "alter", 0, 1), { facts: addVoterFacts }),
  whole(removeRaftVoter, risky("cluster.remove-voter", "alter", 0, 0), { facts: removeVoterFacts }),
  whole(unregisterController, risky("cluster.unregister-controller", "delete", 0, 0), {
    facts: ({ controllerId }, context) => controllerFacts(controllerId, context),
  }),
] as const;

/** Where the controllers listen is nobody's business: names and ids stay, hosts and ports do not. */
function withoutAddresses(response: DescribeQuorumResponse): DescribeQuorumResponse {
  if (response.nodes.length === 0) return response;
  const nodes = response.nodes.map((node) => ({
    ...node,
    listeners: node.listeners.map((listener) => ({ ...listener, host: "", port: 0 })),
  }));
  return { ...response, nodes };
}
