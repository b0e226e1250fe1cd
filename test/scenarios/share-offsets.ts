// The offsets of share groups: DescribeShareGroupOffsets (90), AlterShareGroupOffsets (91) and DeleteShareGroupOffsets (92).
import { alterShareGroupOffsets } from "../../src/protocols/kafka/messages/alter-share-group-offsets.ts";
import { deleteShareGroupOffsets } from "../../src/protocols/kafka/messages/delete-share-group-offsets.ts";
import { describeShareGroupOffsets } from "../../src/protocols/kafka/messages/describe-share-group-offsets.ts";
import { type Case, scenarios } from "../support/scenario.ts";

export const shareOffsets: Case[] = [
  ...scenarios(describeShareGroupOffsets, [
    {
      name: "named topics, in part",
      given: { refuse: [{ resource: "secret" }, { resource: "theirs" }] },
      when: {
        request: {
          groups: [
            { groupId: "theirs", topics: null },
            {
              groupId: "g",
              topics: [
                { topicName: "secret", partitions: [0] },
                { topicName: "orders", partitions: [0] },
              ],
            },
          ],
        },
        answer: {
          groups: [
            { groupId: "g", topics: [{ topicName: "orders", partitions: [{ startOffset: 5n }] }], errorMessage: null },
          ],
        },
      },
      then: {
        operations: ["group.describe theirs", "group.describe g", "topic.describe secret", "topic.describe orders"],
        broker: { groups: [{ groupId: "g", topics: [{ topicName: "orders", partitions: [0] }] }] },
        client: {
          groups: [
            { groupId: "theirs", errorCode: 30, errorMessage: "no" },
            {
              groupId: "g",
              topics: [
                { topicName: "orders", partitions: [{ startOffset: 5n }] },
                {
                  topicName: "secret",
                  partitions: [{ startOffset: -1n, leaderEpoch: -1, errorCode: 29, errorMessage: "no" }],
                },
              ],
            },
          ],
        },
        outcomes: [
          "group.describe theirs GROUP_AUTHORIZATION_FAILED",
          "group.describe g NONE",
          "topic.describe secret TOPIC_AUTHORIZATION_FAILED",
          "topic.describe orders NONE",
        ],
      },
    },
    {
      name: "a group whose every topic is refused is not asked for: it would answer with all",
      given: { refuse: [{ resource: "secret" }] },
      when: { request: { groups: [{ groupId: "g", topics: [{ topicName: "secret", partitions: [0] }] }] } },
      then: {
        broker: "nothing",
        client: {
          groups: [
            {
              groupId: "g",
              topics: [
                {
                  topicName: "secret",
                  partitions: [{ startOffset: -1n, leaderEpoch: -1, errorCode: 29, errorMessage: "no" }],
                },
              ],
            },
          ],
        },
      },
    },
    {
      name: "all topics that may be seen",
      given: { hidden: ["secret"] },
      when: {
        request: { groups: [{ groupId: "g", topics: null }] },
        answer: { groups: [{ groupId: "g", topics: [{ topicName: "secret" }, { topicName: "orders" }] }] },
      },
      then: { broker: "unchanged", client: { groups: [{ groupId: "g", topics: [{ topicName: "orders" }] }] } },
    },
  ]),
  ...scenarios(alterShareGroupOffsets, [
    {
      name: "in part",
      given: { refuse: [{ resource: "secret" }] },
      when: {
        request: {
          groupId: "g",
          topics: [
            { topicName: "orders", partitions: [{ partitionIndex: 0, startOffset: 5n }] },
            { topicName: "secret", partitions: [{ partitionIndex: 1 }] },
          ],
        },
        answer: { responses: [{ topicName: "orders", partitions: [{ partitionIndex: 0 }] }] },
      },
      then: {
        operations: ["group.reset-offsets g", "topic.read orders", "topic.read secret"],
        broker: {
          groupId: "g",
          topics: [{ topicName: "orders", partitions: [{ partitionIndex: 0, startOffset: 5n }] }],
        },
        client: {
          responses: [
            { topicName: "orders", partitions: [{ partitionIndex: 0 }] },
            { topicName: "secret", partitions: [{ partitionIndex: 1, errorCode: 29, errorMessage: "no" }] },
          ],
        },
      },
    },
    {
      name: "waits for an approval",
      given: { refuse: [{ cause: "approval-pending", message: "apr_1" }] },
      when: { request: { groupId: "g", topics: [{ topicName: "orders" }] } },
      then: { broker: "nothing", client: { errorCode: 44, errorMessage: "apr_1" } },
    },
  ]),
  ...scenarios(deleteShareGroupOffsets, [
    {
      name: "in part",
      given: { refuse: [{ resource: "secret" }] },
      when: {
        request: { groupId: "g", topics: [{ topicName: "orders" }, { topicName: "secret" }] },
        answer: { responses: [{ topicName: "orders" }] },
      },
      then: {
        operations: ["group.delete-offsets g", "topic.read orders", "topic.read secret"],
        broker: { groupId: "g", topics: [{ topicName: "orders" }] },
        client: { responses: [{ topicName: "orders" }, { topicName: "secret", errorCode: 29, errorMessage: "no" }] },
      },
    },
    {
      name: "the group is refused: one error at the top",
      given: { refuse: [{ resource: "g" }] },
      when: { request: { groupId: "g", topics: [{ topicName: "orders" }] } },
      then: { broker: "nothing", client: { errorCode: 30, errorMessage: "no" } },
    },
  ]),
];
