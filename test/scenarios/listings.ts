// DescribeProducers (61), DescribeTransactions (65), ListTransactions (66), ListConfigResources (74).
import { describeProducers } from "../../src/protocols/kafka/messages/describe-producers.ts";
import { describeTransactions } from "../../src/protocols/kafka/messages/describe-transactions.ts";
import { listConfigResources } from "../../src/protocols/kafka/messages/list-config-resources.ts";
import { listTransactions } from "../../src/protocols/kafka/messages/list-transactions.ts";
import { type Case, scenarios } from "../support/scenario.ts";

export const listings: Case[] = [
  ...scenarios(describeProducers, [
    {
      name: "in part",
      given: { refuse: [{ resource: "secret" }] },
      when: {
        request: {
          topics: [
            { name: "secret", partitionIndexes: [4] },
            { name: "orders", partitionIndexes: [0] },
          ],
        },
        answer: { topics: [{ name: "orders", partitions: [{ partitionIndex: 0 }] }] },
      },
      then: {
        operations: ["topic.read secret", "topic.read orders"],
        broker: { topics: [{ name: "orders", partitionIndexes: [0] }] },
        client: {
          topics: [
            { name: "secret", partitions: [{ partitionIndex: 4, errorCode: 29, errorMessage: "no" }] },
            { name: "orders", partitions: [{ partitionIndex: 0 }] },
          ],
        },
      },
    },
  ]),
  ...scenarios(describeTransactions, [
    {
      name: "in part, and without topics that may not be seen",
      given: { refuse: [{ resource: "theirs" }], hidden: ["secret"] },
      when: {
        request: { transactionalIds: ["theirs", "mine"] },
        answer: {
          transactionStates: [
            {
              transactionalId: "mine",
              topics: [
                { topic: "secret", partitions: [0] },
                { topic: "orders", partitions: [1] },
              ],
            },
          ],
        },
      },
      then: {
        operations: ["transactional-id.describe theirs", "transactional-id.describe mine"],
        broker: { transactionalIds: ["mine"] },
        client: {
          transactionStates: [
            { transactionalId: "theirs", errorCode: 53 },
            { transactionalId: "mine", topics: [{ topic: "orders", partitions: [1] }] },
          ],
        },
      },
    },
    {
      name: "allowed",
      when: {
        request: { transactionalIds: ["mine"] },
        answer: { transactionStates: [{ transactionalId: "mine", topics: [{ topic: "orders", partitions: [1] }] }] },
      },
      then: { broker: "unchanged", client: "unchanged" },
    },
  ]),
  ...scenarios(listTransactions, [
    {
      name: "those that may be seen",
      given: { hidden: ["theirs"] },
      when: {
        request: {},
        answer: { transactionStates: [{ transactionalId: "theirs" }, { transactionalId: "mine", producerId: 4n }] },
      },
      then: {
        operations: [],
        broker: "unchanged",
        client: { transactionStates: [{ transactionalId: "mine", producerId: 4n }] },
      },
    },
  ]),
  ...scenarios(listConfigResources, [
    {
      name: "those that may be seen",
      given: { hidden: ["theirs"] },
      when: {
        request: {},
        answer: { configResources: [{ resourceName: "theirs" }, { resourceName: "mine" }] },
      },
      then: { operations: [], broker: "unchanged", client: { configResources: [{ resourceName: "mine" }] } },
    },
    {
      name: "of a kind that the gateway does not know: not shown",
      versions: [1],
      when: {
        request: { resourceTypes: [2, 64] },
        answer: {
          configResources: [
            { resourceName: "a", resourceType: 64 },
            { resourceName: "orders", resourceType: 2 },
          ],
        },
      },
      then: { broker: "unchanged", client: { configResources: [{ resourceName: "orders", resourceType: 2 }] } },
    },
  ]),
];
