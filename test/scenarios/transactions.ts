// InitProducerId (22), AddPartitionsToTxn (24), AddOffsetsToTxn (25), EndTxn (26), TxnOffsetCommit (28).
import { addOffsetsToTxn } from "../../src/protocols/kafka/messages/add-offsets-to-txn.ts";
import { addPartitionsToTxn } from "../../src/protocols/kafka/messages/add-partitions-to-txn.ts";
import { endTxn } from "../../src/protocols/kafka/messages/end-txn.ts";
import { initProducerId } from "../../src/protocols/kafka/messages/init-producer-id.ts";
import { txnOffsetCommit } from "../../src/protocols/kafka/messages/txn-offset-commit.ts";
import { type Case, scenarios } from "../support/scenario.ts";

const result = (name: string, partitionErrorCode: number) => ({
  name,
  resultsByPartition: [{ partitionIndex: 0, partitionErrorCode }],
});
const wanted = (name: string) => ({ name, partitions: [0] });
const commit = (name: string) => ({ name, partitions: [{ partitionIndex: 0, committedOffset: 9n }] });
const committed = (name: string, errorCode = 0) => ({ name, partitions: [{ partitionIndex: 0, errorCode }] });

export const transactions: Case[] = [
  ...scenarios(initProducerId, [
    {
      name: "an idempotent producer asks the cluster",
      given: { refuse: [{}] },
      when: { request: { transactionalId: null } },
      then: { operations: ["cluster.idempotent-write kafka-cluster"], broker: "nothing", client: { errorCode: 31 } },
    },
    {
      name: "a transactional one asks for its id",
      given: { refuse: [{}] },
      when: { request: { transactionalId: "t" } },
      then: { operations: ["transactional-id.write t"], broker: "nothing", client: { errorCode: 53 } },
    },
    {
      name: "allowed",
      when: { request: { transactionalId: "t" }, answer: { producerId: 4n } },
      then: { broker: "unchanged", client: "unchanged" },
    },
  ]),
  ...scenarios(addPartitionsToTxn, [
    {
      name: "one refused topic: the others are not attempted",
      given: { refuse: [{ resource: "secret" }] },
      when: { request: { v3AndBelowTransactionalId: "t", v3AndBelowTopics: [wanted("orders"), wanted("secret")] } },
      then: {
        operations: ["transactional-id.write t", "topic.write orders", "topic.write secret"],
        broker: "nothing",
        client: { resultsByTopicV3AndBelow: [result("orders", 55), result("secret", 29)] },
      },
    },
    {
      name: "a refused transaction",
      given: { refuse: [{ operation: "transactional-id.write" }] },
      when: { request: { v3AndBelowTransactionalId: "t", v3AndBelowTopics: [wanted("orders")] } },
      then: { broker: "nothing", client: { resultsByTopicV3AndBelow: [result("orders", 53)] } },
    },
    {
      name: "allowed",
      when: {
        request: { v3AndBelowTransactionalId: "t", v3AndBelowTopics: [wanted("orders")] },
        answer: { resultsByTopicV3AndBelow: [result("orders", 0)] },
      },
      then: { broker: "unchanged", client: "unchanged" },
    },
  ]),
  ...scenarios(addOffsetsToTxn, [
    {
      name: "the group is refused",
      given: { refuse: [{ operation: "group.read" }] },
      when: { request: { transactionalId: "t", groupId: "g" } },
      then: { operations: ["transactional-id.write t", "group.read g"], broker: "nothing", client: { errorCode: 30 } },
    },
    {
      name: "the transaction is refused",
      given: { refuse: [{ operation: "transactional-id.write" }] },
      when: { request: { transactionalId: "t", groupId: "g" } },
      then: { broker: "nothing", client: { errorCode: 53 } },
    },
  ]),
  ...scenarios(endTxn, [
    {
      name: "refused",
      given: { refuse: [{}] },
      when: { request: { transactionalId: "t", committed: true } },
      then: { operations: ["transactional-id.write t"], broker: "nothing", client: { errorCode: 53 } },
    },
  ]),
  ...scenarios(txnOffsetCommit, [
    {
      name: "in part",
      versions: [0, 5],
      given: { refuse: [{ resource: "secret" }] },
      when: {
        request: { transactionalId: "t", groupId: "g", topics: [commit("orders"), commit("secret")] },
        answer: { topics: [committed("orders")] },
      },
      then: {
        operations: ["transactional-id.write t", "group.read g", "topic.read orders", "topic.read secret"],
        broker: { transactionalId: "t", groupId: "g", topics: [commit("orders")] },
        client: { topics: [committed("orders"), committed("secret", 29)] },
      },
    },
    {
      name: "the group is refused",
      versions: [0, 5],
      given: { refuse: [{ operation: "group.read" }] },
      when: { request: { transactionalId: "t", groupId: "g", topics: [commit("orders")] } },
      then: { broker: "nothing", client: { topics: [committed("orders", 30)] } },
    },
  ]),
];
