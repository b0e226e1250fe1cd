// ShareGroupHeartbeat (76), ShareGroupDescribe (77), ShareFetch (78) and ShareAcknowledge (79) at their first request. Sessions
// over several requests: test/unit/protocols/kafka/operations-share-fetch.test.ts.
import { shareAcknowledge } from "../../src/protocols/kafka/messages/share-acknowledge.ts";
import { shareFetch } from "../../src/protocols/kafka/messages/share-fetch.ts";
import { shareGroupDescribe } from "../../src/protocols/kafka/messages/share-group-describe.ts";
import { shareGroupHeartbeat } from "../../src/protocols/kafka/messages/share-group-heartbeat.ts";
import { buildBatch } from "../../src/protocols/kafka/records/build.ts";
import { passOver } from "../../src/protocols/kafka/records/pass-over.ts";
import { type Case, type Given, scenarios } from "../support/scenario.ts";

const orders = "AAAAAAAAAAAAAAAAAAAAAQ";
const secret = "AAAAAAAAAAAAAAAAAAAAAg";
const topics = { [orders]: "orders", [secret]: "secret" };
const noSecret: Given = { topics, refuse: [{ resource: "secret" }] };
const noGroup: Given = { topics, refuse: [{ resource: "g" }] };

const membership = [
  ...scenarios(shareGroupHeartbeat, [
    {
      name: "allowed",
      when: { request: { groupId: "g", subscribedTopicNames: ["orders"] } },
      then: { operations: ["group.read g", "topic.describe orders"], broker: "unchanged", client: "unchanged" },
    },
    {
      name: "one topic that may not be seen refuses the subscription",
      given: noSecret,
      when: { request: { groupId: "g", subscribedTopicNames: ["orders", "secret"] } },
      then: { broker: "nothing", client: { errorCode: 29, errorMessage: "no" } },
    },
    {
      name: "the group is refused",
      given: noGroup,
      when: { request: { groupId: "g" } },
      then: { broker: "nothing", client: { errorCode: 30, errorMessage: "no" } },
    },
  ]),
  ...scenarios(shareGroupDescribe, [
    {
      name: "in part, and a group with a topic that may not be seen is blank",
      given: { refuse: [{ resource: "theirs" }], hidden: ["secret"] },
      when: {
        request: { groupIds: ["theirs", "a", "b"] },
        answer: {
          groups: [
            { groupId: "a", groupState: "Stable", members: [{ subscribedTopicNames: ["orders"] }] },
            { groupId: "b", groupState: "Stable", members: [{ subscribedTopicNames: ["orders", "secret"] }] },
          ],
        },
      },
      then: {
        operations: ["group.describe theirs", "group.describe a", "group.describe b"],
        broker: { groupIds: ["a", "b"] },
        client: {
          groups: [
            { groupId: "theirs", errorCode: 30, errorMessage: "no" },
            { groupId: "a", groupState: "Stable", members: [{ subscribedTopicNames: ["orders"] }] },
            {
              groupId: "b",
              errorCode: 29,
              errorMessage: "The group has topics that the caller may not describe.",
            },
          ],
        },
      },
    },
    {
      name: "with what the caller may do: everything that a group allows",
      when: {
        request: { groupIds: ["a"], includeAuthorizedOperations: true },
        answer: { groups: [{ groupId: "a", authorizedOperations: 8 }] },
      },
      then: {
        broker: "unchanged",
        client: {
          groups: [{ groupId: "a", authorizedOperations: (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11) }],
        },
      },
    },
  ]),
];

const member = { groupId: "g", memberId: "m" };
const fetchTopic = (topicId: string) => ({ topicId, partitions: [{ partitionIndex: 0 }] });
const endpoint = { nodeId: 2, host: "kafka-2.internal", port: 9092 };
const ours = { nodeId: 2, host: "gateway.test", port: 20_002 };

const fetching = scenarios(shareFetch, [
  {
    name: "opens a session, in part",
    given: noSecret,
    when: {
      request: { ...member, topics: [fetchTopic(secret), fetchTopic(orders)] },
      answer: {
        responses: [{ topicId: orders, partitions: [{ partitionIndex: 0, records: Buffer.alloc(0) }] }],
        nodeEndpoints: [endpoint],
      },
    },
    then: {
      operations: ["group.read g", "topic.read secret", "topic.read orders"],
      broker: { ...member, topics: [fetchTopic(orders)] },
      client: {
        responses: [
          { topicId: orders, partitions: [{ partitionIndex: 0, records: Buffer.alloc(0) }] },
          {
            topicId: secret,
            partitions: [{ partitionIndex: 0, errorCode: 29, errorMessage: "no", records: Buffer.alloc(0) }],
          },
        ],
        nodeEndpoints: [ours],
      },
      outcomes: ["group.read g NONE", "topic.read secret TOPIC_AUTHORIZATION_FAILED", "topic.read orders NONE"],
    },
  },
  {
    name: "the group is refused",
    given: noGroup,
    when: { request: { ...member, topics: [fetchTopic(orders)] } },
    then: { broker: "nothing", client: { errorCode: 30, errorMessage: "no" } },
  },
  {
    name: "a session that was not opened on this connection does not exist",
    given: { topics },
    when: { request: { ...member, shareSessionEpoch: 5 } },
    then: {
      broker: "nothing",
      client: { errorCode: 122, errorMessage: "The share session was not opened on this connection." },
    },
  },
  {
    name: "nor can it be closed from another",
    given: { topics },
    when: { request: { ...member, shareSessionEpoch: -1 } },
    then: {
      broker: "nothing",
      client: { errorCode: 122, errorMessage: "The share session was not opened on this connection." },
    },
  },
]);

const batch = (...values: (string | null)[]) =>
  buildBatch({
    baseOffset: 5n,
    records: values.map((value) => ({ value: value === null ? null : Buffer.from(value) })),
  });
const clear = batch("4111-1111", null);
const damaged = Buffer.concat([clear.subarray(0, -1), Buffer.of(255)]);
const withoutTombstone = buildBatch({
  baseOffset: 5n,
  lastOffsetDelta: 1,
  records: [{ value: Buffer.from("4111-1111") }],
});
const starred = ({ value }: { value: Uint8Array | null }) => (value ? { value: Buffer.from("****") } : undefined);
const acquiredRecords = [{ firstOffset: 5n, lastOffset: 6n, deliveryCount: 1 }];
const asks = { ...member, topics: [fetchTopic(orders)] };
const gives = (records: Buffer) => ({
  responses: [{ topicId: orders, partitions: [{ partitionIndex: 0, records, acquiredRecords }] }],
});

const guarded = scenarios(shareFetch, [
  {
    name: "masked: the same records are acquired",
    given: { topics, rewrite: starred },
    when: { request: asks, answer: gives(clear) },
    then: { broker: "unchanged", client: gives(batch("****", null)), ranges: ["read orders[0] 5–6"] },
  },
  {
    name: "hidden records stay acquired: the client finds a gap, and acknowledges it as one",
    given: { topics, rewrite: ({ value }) => (value === null ? "hide" : undefined) },
    when: { request: asks, answer: gives(clear) },
    then: { broker: "unchanged", client: gives(withoutTombstone), ranges: ["read orders[0] 5–6"] },
  },
  {
    name: "a batch that cannot be read is passed over, and stays acquired",
    given: { topics, rewrite: starred },
    when: { request: asks, answer: gives(damaged) },
    then: { broker: "unchanged", client: gives(passOver({ first: 5n, last: 6n }, 0)) },
  },
  {
    name: "a batch that cannot be read is refused where the rule says so: nothing of it is acquired, and its locks lapse at the broker",
    given: { topics, rewrite: starred, unreadable: "refuse" },
    when: { request: asks, answer: gives(damaged) },
    then: {
      broker: "unchanged",
      client: {
        responses: [
          {
            topicId: orders,
            partitions: [
              {
                partitionIndex: 0,
                errorCode: 29,
                errorMessage: "A field could not be masked.",
                records: Buffer.alloc(0),
                acquiredRecords: [],
              },
            ],
          },
        ],
      },
      ranges: [],
    },
  },
]);

const acknowledging = scenarios(shareAcknowledge, [
  {
    name: "in part",
    given: noSecret,
    when: {
      request: { ...member, shareSessionEpoch: 3, topics: [fetchTopic(secret), fetchTopic(orders)] },
      answer: { responses: [{ topicId: orders, partitions: [{ partitionIndex: 0 }] }], nodeEndpoints: [endpoint] },
    },
    then: {
      operations: ["group.read g", "topic.read secret", "topic.read orders"],
      broker: { ...member, shareSessionEpoch: 3, topics: [fetchTopic(orders)] },
      client: {
        responses: [
          { topicId: secret, partitions: [{ partitionIndex: 0, errorCode: 29, errorMessage: "no" }] },
          { topicId: orders, partitions: [{ partitionIndex: 0 }] },
        ],
        nodeEndpoints: [ours],
      },
    },
  },
  {
    name: "nothing of it allowed: the broker still counts the request",
    given: noSecret,
    when: { request: { ...member, shareSessionEpoch: 3, topics: [fetchTopic(secret)] } },
    then: {
      broker: { ...member, shareSessionEpoch: 3, topics: [] },
      client: {
        responses: [{ topicId: secret, partitions: [{ partitionIndex: 0, errorCode: 29, errorMessage: "no" }] }],
      },
    },
  },
  {
    name: "the group is refused",
    given: noGroup,
    when: { request: { ...member, shareSessionEpoch: 3, topics: [fetchTopic(orders)] } },
    then: { broker: "nothing", client: { errorCode: 30, errorMessage: "no" } },
  },
]);

export const share: Case[] = [...membership, ...fetching, ...guarded, ...acknowledging];
