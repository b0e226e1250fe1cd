// Evasions by claiming to be somebody: a broker's replica, the internal admin client, another broker, a controller's client.
import { describe, it } from "vitest";
import { describeCluster } from "../../src/protocols/kafka/messages/describe-cluster.ts";
import { fetch } from "../../src/protocols/kafka/messages/fetch.ts";
import { findCoordinator } from "../../src/protocols/kafka/messages/find-coordinator.ts";
import { listOffsets } from "../../src/protocols/kafka/messages/list-offsets.ts";
import { offsetForLeaderEpoch } from "../../src/protocols/kafka/messages/offset-for-leader-epoch.ts";
import { produce } from "../../src/protocols/kafka/messages/produce.ts";
import { type Case, runScenario, scenarios } from "../support/scenario.ts";

const aborted = { broker: "nothing", client: "aborted" } as const;

const cases: Case[] = [
  ...scenarios(fetch, [
    { name: "as replica 1", versions: [4, 14], when: { request: { replicaId: 1 } }, then: aborted },
    // future replica and debugging consumer: no broker, but they read past the high watermark
    { name: "as replica -3", versions: [4, 14], when: { request: { replicaId: -3 } }, then: aborted },
    { name: "as replica -2", versions: [4, 14], when: { request: { replicaId: -2 } }, then: aborted },
    {
      name: "as replica 1, in a tagged field",
      versions: [15, 18],
      when: { request: { replicaState: { replicaId: 1, replicaEpoch: 1n } } },
      then: aborted,
    },
    {
      name: "as replica -3, in a tagged field",
      versions: [15, 18],
      when: { request: { replicaState: { replicaId: -3 } } },
      then: aborted,
    },
    {
      name: "another's session is neither read nor closed",
      versions: [7, 12],
      when: { request: { sessionId: 4711, sessionEpoch: -1 } },
      then: { broker: { sessionId: 0, sessionEpoch: -1 }, client: "unchanged" },
    },
    {
      name: "another's session is not gone on with",
      versions: [7, 12],
      when: { request: { sessionId: 4711, sessionEpoch: 3 } },
      then: { broker: "nothing", client: { errorCode: 70 } },
    },
  ]),
  ...scenarios(listOffsets, [
    { name: "as a replica", when: { request: { replicaId: 0 } }, then: aborted },
    { name: "as a debugging consumer", when: { request: { replicaId: -2 } }, then: aborted },
  ]),
  ...scenarios(offsetForLeaderEpoch, [{ name: "as a replica", when: { request: { replicaId: 2 } }, then: aborted }]),
  ...scenarios(produce, [
    {
      name: "as the internal admin client, who may write offsets",
      versions: [3, 12],
      given: { clientId: "__admin_client" },
      when: { request: { acks: 1, topicData: [{ name: "__consumer_offsets" }] } },
      then: aborted,
    },
  ]),
  ...scenarios(findCoordinator, [
    { name: "of share groups' state", versions: [1, 5], when: { request: { keyType: 2 } }, then: aborted },
    { name: "of a key type to come", versions: [1, 5], when: { request: { keyType: -1 } }, then: aborted },
  ]),
  ...scenarios(describeCluster, [
    { name: "of controllers", versions: [1, 2], when: { request: { endpointType: 2 } }, then: aborted },
    { name: "of endpoints to come", versions: [1, 2], when: { request: { endpointType: 0 } }, then: aborted },
  ]),
];

describe("nobody is who they say they are", () => {
  it.each(cases)("$name", runScenario);
});
