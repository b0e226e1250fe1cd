// DescribeCluster (60): the brokers, at the gateway's addresses. Controllers (endpoint type 2) are behind the brokers and not shown.
import { readdressed } from "../addresses.ts";
import { authorizedOperations, operationsOmitted } from "../authorized-operations.ts";
import { errorCode } from "../errors.ts";
import { describeCluster } from "../messages/describe-cluster.ts";
import { wholeRule } from "../whole-rule.ts";
import { cluster, clusterDescribe } from "./describe.ts";

const brokerEndpoints = 1;

export const describeClusterRule = wholeRule({
  api: describeCluster,
  versions: { min: 0, max: 2 },
  abuse: ({ endpointType }) => (endpointType === brokerEndpoints ? null : "DescribeCluster of controllers"),
  operations: () => [clusterDescribe],
  denied: () => errorCode("CLUSTER_AUTHORIZATION_FAILED"),
  refuse: ({ code, message }) => ({ ...describeCluster.response.create(), errorCode: code, errorMessage: message }),
  error: (response) => response.errorCode,
  respond(response, { includeClusterAuthorizedOperations: asked }, { book, services }) {
    const [field = operationsOmitted] = asked ? authorizedOperations("cluster", [cluster.name], services) : [];
    return readdressed(
      book,
      response.brokers,
      (broker) => broker.brokerId,
      (brokers) => ({ ...response, brokers, clusterAuthorizedOperations: field }),
    );
  },
});
