// FindCoordinator (10), DescribeCluster (60), and what is judged as a whole.
import { describeCluster } from "../../src/protocols/kafka/messages/describe-cluster.ts";
import { findCoordinator } from "../../src/protocols/kafka/messages/find-coordinator.ts";
import { unregisterBroker } from "../../src/protocols/kafka/messages/unregister-broker.ts";
import { type Case, scenarios } from "../support/scenario.ts";

const at = { nodeId: 2, host: "kafka-2.internal", port: 9092 };
const ours = { nodeId: 2, host: "gateway.test", port: 20_002 };
const nowhere = { nodeId: -1, host: "", port: -1 };

export const cluster: Case[] = [
  ...scenarios(findCoordinator, [
    {
      name: "one group, at the gateway's address",
      versions: [0, 3],
      when: { request: { key: "g" }, answer: at },
      then: { operations: ["group.describe g"], broker: "unchanged", client: ours },
    },
    {
      name: "one group, refused",
      versions: [0, 3],
      given: { refuse: [{}] },
      when: { request: { key: "g" } },
      then: { broker: "nothing", client: { ...nowhere, errorCode: 30, errorMessage: "no" } },
    },
    {
      name: "no coordinator yet: there is no address to change",
      versions: [0, 3],
      when: { request: { key: "g" }, answer: { ...nowhere, errorCode: 15 } },
      then: { broker: "unchanged", client: { ...nowhere, errorCode: 15 } },
    },
    {
      name: "several transactions, in part",
      versions: [4, 5],
      given: { refuse: [{ resource: "b" }] },
      when: {
        request: { keyType: 1, coordinatorKeys: ["b", "a"] },
        answer: { coordinators: [{ key: "a", ...at }] },
      },
      then: {
        operations: ["transactional-id.describe b", "transactional-id.describe a"],
        broker: { keyType: 1, coordinatorKeys: ["a"] },
        client: {
          coordinators: [
            { key: "b", ...nowhere, errorCode: 53, errorMessage: "no" },
            { key: "a", ...ours, errorMessage: "" },
          ],
        },
      },
    },
    {
      name: "a key type that is nobody's",
      versions: [1, 5],
      when: { request: { keyType: 2 } },
      then: { broker: "nothing", client: "aborted" },
    },
  ]),
  ...scenarios(describeCluster, [
    {
      name: "brokers at the gateway's addresses, rights of nobody",
      when: {
        request: {},
        answer: {
          clusterId: "c",
          brokers: [{ brokerId: 2, host: "kafka-2.internal", port: 9092 }],
          clusterAuthorizedOperations: 9,
        },
      },
      then: {
        operations: ["cluster.describe kafka-cluster"],
        broker: "unchanged",
        client: { clusterId: "c", brokers: [{ brokerId: 2, host: "gateway.test", port: 20_002 }] },
      },
    },
    {
      name: "refused",
      given: { refuse: [{}] },
      when: { request: {} },
      then: { broker: "nothing", client: { errorCode: 31, errorMessage: "no" } },
    },
    {
      name: "controllers are behind the brokers",
      versions: [1, 2],
      when: { request: { endpointType: 2 } },
      then: { broker: "nothing", client: "aborted" },
    },
  ]),
  ...scenarios(unregisterBroker, [
    {
      name: "waits for an approval",
      given: { refuse: [{ cause: "approval-pending", message: "apr_1" }] },
      when: { request: { brokerId: 3 } },
      then: {
        operations: ["cluster.unregister-broker kafka-cluster"],
        broker: "nothing",
        client: { errorCode: 44, errorMessage: "apr_1" },
      },
    },
  ]),
];
