// Versions that name topics by id: OffsetCommit 10, OffsetFetch 10, TxnOffsetCommit 6. A refusal echoes the id; an id that nothing has is
// judged as a topic without a name, and told as unknown where that is refused.
import { offsetCommit } from "../../src/protocols/kafka/messages/offset-commit.ts";
import { offsetFetch } from "../../src/protocols/kafka/messages/offset-fetch.ts";
import { txnOffsetCommit } from "../../src/protocols/kafka/messages/txn-offset-commit.ts";
import { type Case, type Given, scenarios } from "../support/scenario.ts";

const orders = "AAAAAAAAAAAAAAAAAAAAAQ";
const secret = "AAAAAAAAAAAAAAAAAAAAAg";
const gone = "AAAAAAAAAAAAAAAAAAAAAw";
const topics = { [orders]: "orders", [secret]: "secret" };
const noSecret: Given = { topics, refuse: [{ resource: "secret" }] };
const member = { groupId: "g", generationIdOrMemberEpoch: 4, memberId: "m" };

const commit = (topicId: string) => ({ topicId, partitions: [{ partitionIndex: 0, committedOffset: 9n }] });
const committed = (topicId: string, errorCode = 0) => ({ topicId, partitions: [{ partitionIndex: 0, errorCode }] });
const of = (topicId: string) => ({ topicId, partitionIndexes: [0] });
const at = (topicId: string, committedOffset: bigint, errorCode = 0) => ({
  topicId,
  partitions: [{ partitionIndex: 0, committedOffset, metadata: "", errorCode }],
});

export const topicIds: Case[] = [
  ...scenarios(offsetCommit, [
    {
      name: "in part, by id",
      versions: [10],
      given: noSecret,
      when: {
        request: { ...member, topics: [commit(secret), commit(orders)] },
        answer: { topics: [committed(orders)] },
      },
      then: {
        operations: ["group.read g", "topic.read secret", "topic.read orders"],
        broker: { ...member, topics: [commit(orders)] },
        client: { topics: [committed(secret, 29), committed(orders)] },
      },
    },
    {
      name: "an id that nothing has",
      versions: [10],
      given: { topics, refuse: [{ resource: "" }] },
      when: { request: { ...member, topics: [commit(gone)] } },
      then: {
        operations: ["group.read g", "topic.read "],
        broker: "nothing",
        client: { topics: [committed(gone, 100)] },
      },
    },
  ]),
  ...scenarios(txnOffsetCommit, [
    {
      name: "in part, by id",
      versions: [6],
      given: noSecret,
      when: {
        request: { transactionalId: "t", groupId: "g", topics: [commit(orders), commit(secret)] },
        answer: { topics: [committed(orders)] },
      },
      then: {
        operations: ["transactional-id.write t", "group.read g", "topic.read orders", "topic.read secret"],
        broker: { transactionalId: "t", groupId: "g", topics: [commit(orders)] },
        client: { topics: [committed(orders), committed(secret, 29)] },
      },
    },
  ]),
  ...scenarios(offsetFetch, [
    {
      name: "in part, by id",
      versions: [10],
      given: noSecret,
      when: {
        request: { groups: [{ groupId: "g", topics: [of(secret), of(orders)] }] },
        answer: { groups: [{ groupId: "g", topics: [at(orders, 5n)] }] },
      },
      then: {
        operations: ["group.describe g", "topic.describe secret", "topic.describe orders"],
        broker: { groups: [{ groupId: "g", topics: [of(orders)] }] },
        client: { groups: [{ groupId: "g", topics: [at(orders, 5n), at(secret, -1n, 29)] }] },
      },
    },
    {
      name: "all topics that may be seen, of ids that were never seen before",
      versions: [10],
      given: { topics, hidden: ["secret", ""] },
      when: {
        request: { groups: [{ groupId: "g", topics: null }] },
        answer: { groups: [{ groupId: "g", topics: [at(secret, 4n), at(orders, 5n), at(gone, 6n)] }] },
      },
      then: {
        operations: ["group.describe g"],
        broker: "unchanged",
        client: { groups: [{ groupId: "g", topics: [at(orders, 5n)] }] },
      },
    },
  ]),
];
