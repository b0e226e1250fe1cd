// WriteTxnMarkers (27), OffsetDelete (47), AlterClientQuotas (49), DescribeUserScramCredentials (50), AlterUserScramCredentials (51), DescribeQuorum (55),
// UpdateFeatures (57), AddRaftVoter (80), RemoveRaftVoter (81), UnregisterController (94).
import { addRaftVoter } from "../../src/protocols/kafka/messages/add-raft-voter.ts";
import { alterClientQuotas } from "../../src/protocols/kafka/messages/alter-client-quotas.ts";
import { alterUserScramCredentials } from "../../src/protocols/kafka/messages/alter-user-scram-credentials.ts";
import { describeQuorum } from "../../src/protocols/kafka/messages/describe-quorum.ts";
import { describeUserScramCredentials } from "../../src/protocols/kafka/messages/describe-user-scram-credentials.ts";
import { offsetDelete } from "../../src/protocols/kafka/messages/offset-delete.ts";
import { removeRaftVoter } from "../../src/protocols/kafka/messages/remove-raft-voter.ts";
import { unregisterController } from "../../src/protocols/kafka/messages/unregister-controller.ts";
import { updateFeatures } from "../../src/protocols/kafka/messages/update-features.ts";
import { writeTxnMarkers } from "../../src/protocols/kafka/messages/write-txn-markers.ts";
import { type Case, type Given, scenarios } from "../support/scenario.ts";

const refuseAll: Given = { refuse: [{}] };
const waiting: Given = { refuse: [{ cause: "approval-pending", message: "apr_1" }] };

const forgetting = {
  groupId: "g",
  topics: [
    { name: "orders", partitions: [{ partitionIndex: 0 }] },
    { name: "secret", partitions: [{ partitionIndex: 3 }] },
  ],
};
const forgotten = { name: "orders", partitions: [{ partitionIndex: 0, errorCode: 0 }] };

const offsets = scenarios(offsetDelete, [
  {
    name: "allowed",
    when: { request: forgetting },
    then: {
      operations: ["group.delete-offsets g", "topic.read orders", "topic.read secret"],
      broker: "unchanged",
      client: "unchanged",
    },
  },
  {
    name: "one topic is refused",
    given: { refuse: [{ resource: "secret" }] },
    when: { request: forgetting, answer: { topics: [forgotten] } },
    then: {
      broker: { groupId: "g", topics: forgetting.topics.slice(0, 1) },
      client: { topics: [forgotten, { name: "secret", partitions: [{ partitionIndex: 3, errorCode: 29 }] }] },
    },
  },
  {
    name: "the group is refused: one error at the top",
    given: { refuse: [{ operation: "group.delete-offsets" }] },
    when: { request: forgetting },
    then: { broker: "nothing", client: { errorCode: 30 } },
  },
  {
    name: "waits for an approval",
    given: waiting,
    when: { request: forgetting },
    then: { broker: "nothing", client: { errorCode: 44 } },
  },
]);

const marker = (producerId: bigint) => ({
  producerId,
  topics: [{ name: "orders", partitionIndexes: [0, 1] }],
});
const markers = scenarios(writeTxnMarkers, [
  {
    name: "allowed",
    when: { request: { markers: [marker(7n)] } },
    then: { operations: ["cluster.write-txn-markers kafka-cluster"], broker: "unchanged", client: "unchanged" },
  },
  {
    name: "refused at every partition",
    given: refuseAll,
    when: { request: { markers: [marker(7n)] } },
    then: {
      broker: "nothing",
      client: {
        markers: [
          {
            producerId: 7n,
            topics: [
              {
                name: "orders",
                partitions: [
                  { partitionIndex: 0, errorCode: 31 },
                  { partitionIndex: 1, errorCode: 31 },
                ],
              },
            ],
          },
        ],
      },
    },
  },
]);

const alice = [{ entityType: "user", entityName: "alice" }];
const aliceEtl = [
  { entityType: "client-id", entityName: null },
  { entityType: "user", entityName: "alice" },
];
const quotas = scenarios(alterClientQuotas, [
  {
    name: "in part: an entity is the same in whatever order its parts are named",
    given: { refuse: [{ resource: "user=alice" }] },
    when: {
      request: {
        entries: [
          { entity: alice, ops: [{ key: "consumer_byte_rate", value: 1024 }] },
          { entity: aliceEtl, ops: [{ key: "consumer_byte_rate", remove: true }] },
        ],
      },
      answer: { entries: [{ entity: aliceEtl.toReversed(), errorMessage: null }] },
    },
    then: {
      operations: ["client-quota.alter user=alice", "client-quota.alter user=alice,client-id="],
      broker: { entries: [{ entity: aliceEtl, ops: [{ key: "consumer_byte_rate", remove: true }] }] },
      client: {
        entries: [
          { entity: alice, errorCode: 31, errorMessage: "no" },
          { entity: aliceEtl.toReversed(), errorMessage: null },
        ],
      },
    },
  },
]);

const shown = (user: string) => ({ user, errorMessage: null, credentialInfos: [{ mechanism: 1, iterations: 4096 }] });
const credentials = [
  ...scenarios(describeUserScramCredentials, [
    {
      name: "named, in part",
      given: { refuse: [{ resource: "bob" }] },
      when: { request: { users: [{ name: "bob" }, { name: "alice" }] }, answer: { results: [shown("alice")] } },
      then: {
        operations: ["user.describe-credentials bob", "user.describe-credentials alice"],
        broker: { users: [{ name: "alice" }] },
        client: { results: [{ user: "bob", errorCode: 31, errorMessage: "no" }, shown("alice")] },
      },
    },
    {
      name: "all that may be seen",
      given: { hidden: ["bob"] },
      when: { request: { users: null }, answer: { results: [shown("alice"), shown("bob")] } },
      then: { operations: [], broker: "unchanged", client: { results: [shown("alice")] } },
    },
    {
      name: "an empty list asks for all as well",
      given: { hidden: ["bob"] },
      when: { request: { users: [] }, answer: { results: [shown("bob")] } },
      then: { operations: [], broker: "unchanged", client: { results: [] } },
    },
  ]),
  ...scenarios(alterUserScramCredentials, [
    {
      name: "in part: all that happens to a user is one operation",
      given: { refuse: [{ resource: "bob" }] },
      when: {
        request: {
          deletions: [
            { name: "alice", mechanism: 1 },
            { name: "bob", mechanism: 1 },
          ],
          upsertions: [
            { name: "alice", mechanism: 2, iterations: 4096, salt: Buffer.from("s"), saltedPassword: Buffer.from("p") },
          ],
        },
        answer: { results: [{ user: "alice", errorMessage: null }] },
      },
      then: {
        operations: ["user.alter-credentials alice", "user.alter-credentials bob"],
        broker: {
          deletions: [{ name: "alice", mechanism: 1 }],
          upsertions: [
            { name: "alice", mechanism: 2, iterations: 4096, salt: Buffer.from("s"), saltedPassword: Buffer.from("p") },
          ],
        },
        client: {
          results: [
            { user: "alice", errorMessage: null },
            { user: "bob", errorCode: 31, errorMessage: "no" },
          ],
        },
      },
    },
  ]),
];

const features = scenarios(updateFeatures, [
  {
    name: "one refused refuses all: the controller does all or nothing",
    given: { refuse: [{}] },
    when: { request: { featureUpdates: [{ feature: "a", maxVersionLevel: 2 }, { feature: "b" }] } },
    then: {
      operations: ["cluster.update-feature kafka-cluster", "cluster.update-feature kafka-cluster"],
      broker: "nothing",
      client: { errorCode: 31, errorMessage: "no" },
    },
  },
  {
    name: "allowed",
    when: { request: { featureUpdates: [{ feature: "a", maxVersionLevel: 2 }] } },
    then: { broker: "unchanged", client: "unchanged" },
  },
]);

const node = (host: string, port: number) => ({ nodeId: 3, listeners: [{ name: "CONTROLLER", host, port }] });
const quorum = [
  ...scenarios(describeQuorum, [
    {
      name: "without the controllers' addresses",
      versions: [2],
      when: { request: {}, answer: { nodes: [node("controller-3.internal", 9093)] } },
      then: {
        operations: ["cluster.describe-quorum kafka-cluster"],
        broker: "unchanged",
        client: { nodes: [node("", 0)] },
      },
    },
    {
      name: "refused",
      given: refuseAll,
      when: { request: {} },
      then: { broker: "nothing", client: { errorCode: 31, errorMessage: "no" } },
    },
  ]),
  ...scenarios(addRaftVoter, [
    {
      name: "waits for an approval",
      given: waiting,
      when: {
        request: { voterId: 4, timeoutMs: 100, listeners: [{ name: "CONTROLLER", host: "new.internal", port: 9093 }] },
      },
      then: {
        operations: ["cluster.add-voter kafka-cluster"],
        broker: "nothing",
        client: { errorCode: 44, errorMessage: "apr_1" },
      },
    },
  ]),
  ...scenarios(removeRaftVoter, [
    {
      name: "refused",
      given: refuseAll,
      when: { request: { voterId: 4 } },
      then: {
        operations: ["cluster.remove-voter kafka-cluster"],
        broker: "nothing",
        client: { errorCode: 31, errorMessage: "no" },
      },
    },
  ]),
  ...scenarios(unregisterController, [
    {
      name: "refused",
      given: refuseAll,
      when: { request: { controllerId: 4 } },
      then: {
        operations: ["cluster.unregister-controller kafka-cluster"],
        broker: "nothing",
        client: { errorCode: 31, errorMessage: "no" },
      },
    },
  ]),
];

export const administration: Case[] = [...offsets, ...markers, ...quotas, ...credentials, ...features, ...quorum];
