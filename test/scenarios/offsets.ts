// OffsetCommit (8), OffsetFetch (9), ListOffsets (2), OffsetForLeaderEpoch (23).
import { listOffsets } from "../../src/protocols/kafka/messages/list-offsets.ts";
import { offsetCommit } from "../../src/protocols/kafka/messages/offset-commit.ts";
import { offsetFetch } from "../../src/protocols/kafka/messages/offset-fetch.ts";
import { offsetForLeaderEpoch } from "../../src/protocols/kafka/messages/offset-for-leader-epoch.ts";
import { type Case, scenarios } from "../support/scenario.ts";

const commit = (name: string) => ({ name, partitions: [{ partitionIndex: 0, committedOffset: 9n }] });
const committed = (name: string, errorCode = 0) => ({ name, partitions: [{ partitionIndex: 0, errorCode }] });
const member = { groupId: "g", generationIdOrMemberEpoch: 4, memberId: "m" };

const commits = scenarios(offsetCommit, [
  {
    name: "a member commits",
    versions: [2, 9],
    when: { request: { ...member, topics: [commit("orders")] }, answer: { topics: [committed("orders")] } },
    then: { operations: ["group.read g", "topic.read orders"], broker: "unchanged", client: "unchanged" },
  },
  {
    name: "in part",
    versions: [2, 9],
    given: { refuse: [{ resource: "secret" }] },
    when: {
      request: { ...member, topics: [commit("orders"), commit("secret")] },
      answer: { topics: [committed("orders")] },
    },
    then: {
      broker: { ...member, topics: [commit("orders")] },
      client: { topics: [committed("orders"), committed("secret", 29)] },
      outcomes: ["group.read g NONE", "topic.read orders NONE", "topic.read secret TOPIC_AUTHORIZATION_FAILED"],
    },
  },
  {
    name: "a refused group refuses all",
    versions: [2, 9],
    given: { refuse: [{ operation: "group.read" }] },
    when: { request: { ...member, topics: [commit("orders")] } },
    then: { broker: "nothing", client: { topics: [committed("orders", 30)] } },
  },
  {
    name: "without a generation it is a reset, whatever the member is called",
    versions: [2, 9],
    given: { refuse: [{ operation: "group.reset-offsets", cause: "approval-pending" }] },
    when: { request: { groupId: "g", generationIdOrMemberEpoch: -1, memberId: "anyone", topics: [commit("orders")] } },
    then: {
      operations: ["group.reset-offsets g", "topic.read orders"],
      broker: "nothing",
      client: { topics: [committed("orders", 44)] },
    },
  },
]);

const at = (name: string, committedOffset: bigint, errorCode = 0) => ({
  name,
  partitions: [{ partitionIndex: 0, committedOffset, metadata: "", errorCode }],
});
const of = (name: string) => ({ name, partitionIndexes: [0] });

const fetches = [
  ...scenarios(offsetFetch, [
    {
      name: "one group, in part",
      versions: [1, 7],
      given: { refuse: [{ resource: "secret" }] },
      when: {
        request: { groupId: "g", topics: [of("secret"), of("orders")] },
        answer: { topics: [at("orders", 3n)] },
      },
      then: {
        operations: ["group.describe g", "topic.describe secret", "topic.describe orders"],
        broker: { groupId: "g", topics: [of("orders")] },
        client: { topics: [at("orders", 3n), at("secret", -1n, 29)] },
        outcomes: [
          "group.describe g NONE",
          "topic.describe secret TOPIC_AUTHORIZATION_FAILED",
          "topic.describe orders NONE",
        ],
      },
    },
    {
      name: "version 1 has no error at the top: its partitions carry it",
      versions: [1],
      given: { refuse: [{ operation: "group.describe" }] },
      when: { request: { groupId: "g", topics: [of("orders")] } },
      then: { broker: "nothing", client: { topics: [at("orders", -1n, 30)] } },
    },
    {
      name: "a refused group is an error at the top, and no topic is named, as a broker does",
      versions: [2, 7],
      given: { refuse: [{ operation: "group.describe" }] },
      when: { request: { groupId: "g", topics: [of("orders")] } },
      then: { broker: "nothing", client: { errorCode: 30 } },
    },
    {
      name: "all topics of a group: hidden ones are left out",
      versions: [2, 7],
      given: { hidden: ["secret"] },
      when: { request: { groupId: "g", topics: null }, answer: { topics: [at("secret", 1n), at("orders", 3n)] } },
      then: { operations: ["group.describe g"], broker: "unchanged", client: { topics: [at("orders", 3n)] } },
    },
    {
      name: "several groups, one refused",
      versions: [8, 9],
      given: { refuse: [{ resource: "other" }] },
      when: {
        request: {
          groups: [
            { groupId: "other", topics: [of("orders")] },
            { groupId: "g", topics: [of("orders")] },
          ],
        },
        answer: { groups: [{ groupId: "g", topics: [at("orders", 3n)] }] },
      },
      then: {
        broker: { groups: [{ groupId: "g", topics: [of("orders")] }] },
        client: {
          groups: [
            { groupId: "other", errorCode: 30 },
            { groupId: "g", topics: [at("orders", 3n)] },
          ],
        },
        outcomes: [
          "group.describe other GROUP_AUTHORIZATION_FAILED",
          "topic.describe orders GROUP_AUTHORIZATION_FAILED",
          "group.describe g NONE",
          "topic.describe orders NONE",
        ],
      },
    },
    {
      name: "several groups, all of their topics: hidden ones are left out",
      versions: [8, 9],
      given: { hidden: ["secret"] },
      when: {
        request: { groups: [{ groupId: "g", topics: null }] },
        answer: { groups: [{ groupId: "g", topics: [at("secret", 1n), at("orders", 3n)] }] },
      },
      then: { broker: "unchanged", client: { groups: [{ groupId: "g", topics: [at("orders", 3n)] }] } },
    },
  ]),
];

const ends = (name: string) => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1n }] });
const end = (name: string, offset: bigint, errorCode = 0) => ({
  name,
  partitions: [{ partitionIndex: 0, offset, errorCode }],
});

const listed = scenarios(listOffsets, [
  {
    name: "allowed",
    when: { request: { replicaId: -1, topics: [ends("orders")] }, answer: { topics: [end("orders", 8n)] } },
    then: { operations: ["topic.describe orders"], broker: "unchanged", client: "unchanged" },
  },
  {
    name: "in part",
    given: { refuse: [{ resource: "secret" }] },
    when: {
      request: { replicaId: -1, topics: [ends("secret"), ends("orders")] },
      answer: { topics: [end("orders", 8n)] },
    },
    then: {
      broker: { replicaId: -1, topics: [ends("orders")] },
      client: { topics: [end("secret", -1n, 29), end("orders", 8n)] },
    },
  },
  {
    name: "refused",
    given: { refuse: [{}] },
    when: { request: { replicaId: -1, topics: [ends("orders")] } },
    then: { broker: "nothing", client: { topics: [end("orders", -1n, 29)] } },
  },
  {
    name: "a replica id is a broker's",
    when: { request: { replicaId: 1, topics: [ends("orders")] } },
    then: { broker: "nothing", client: "aborted" },
  },
]);

const epoch = (topic: string) => ({ topic, partitions: [{ partition: 0, leaderEpoch: 1 }] });

const epochs = scenarios(offsetForLeaderEpoch, [
  {
    name: "in part",
    given: { refuse: [{ resource: "secret" }] },
    when: {
      request: { replicaId: -1, topics: [epoch("orders"), epoch("secret")] },
      answer: { topics: [{ topic: "orders", partitions: [{ partition: 0, endOffset: 4n }] }] },
    },
    then: {
      operations: ["topic.describe orders", "topic.describe secret"],
      broker: { replicaId: -1, topics: [epoch("orders")] },
      client: {
        topics: [
          { topic: "orders", partitions: [{ partition: 0, endOffset: 4n }] },
          { topic: "secret", partitions: [{ partition: 0, errorCode: 29 }] },
        ],
      },
    },
  },
  {
    name: "a replica id is a broker's",
    when: { request: { replicaId: 0, topics: [epoch("orders")] } },
    then: { broker: "nothing", client: "aborted" },
  },
]);

export const offsets: Case[] = [...commits, ...fetches, ...listed, ...epochs];
