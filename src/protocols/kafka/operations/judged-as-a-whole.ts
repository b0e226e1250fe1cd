// APIs that are one operation on the cluster, allowed or refused as a whole: their answers carry one error at the top and no address.
// What an API shows is in its name; a policy that allows one allows all that it shows.
import type { Risk, Verb } from "../../../model/operation.ts";
import { errorCode } from "../errors.ts";
import { describeClientQuotas } from "../messages/describe-client-quotas.ts";
import { describeLogDirs } from "../messages/describe-log-dirs.ts";
import { describeQuorum } from "../messages/describe-quorum.ts";
import { describeUserScramCredentials } from "../messages/describe-user-scram-credentials.ts";
import { listConfigResources } from "../messages/list-config-resources.ts";
import { listPartitionReassignments } from "../messages/list-partition-reassignments.ts";
import { listTransactions } from "../messages/list-transactions.ts";
import { unregisterBroker } from "../messages/unregister-broker.ts";
import type { Rule, VersionRange } from "../rule.ts";
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
): Rule<Req, Res> {
  return wholeRule({
    api,
    versions,
    operations: (request) => {
      const { unknownTaggedFields: _, ...attributes } = toJson(request) as Record<string, never>;
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
  });
}

const look = (name: string, min: number, max: number): Whole => ({
  name,
  verb: "describe",
  risk: "low",
  versions: { min, max },
});

export const wholeRules = [
  whole(listPartitionReassignments, look("cluster.describe-reassignments", 0, 0)),
  whole(describeClientQuotas, look("cluster.describe-quotas", 0, 1)),
  whole(describeUserScramCredentials, look("cluster.describe-credentials", 0, 0)),
  // before 3 there is no error at the top
  whole(describeLogDirs, look("cluster.describe-log-dirs", 3, 5)),
  // 2 names the controllers' addresses
  whole(describeQuorum, look("cluster.describe-quorum", 0, 1)),
  whole(listTransactions, look("cluster.list-transactions", 0, 2)),
  whole(listConfigResources, look("cluster.list-configs", 0, 1)),
  whole(unregisterBroker, {
    name: "cluster.unregister-broker",
    verb: "delete",
    risk: "high",
    versions: { min: 0, max: 0 },
  }),
] as const;
