// StreamsGroupHeartbeat (88), StreamsGroupDescribe (89), StreamsGroupTopologyDescriptionUpdate (93).
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { streamsGroupDescribe } from "../../src/protocols/kafka/messages/streams-group-describe.ts";
import { streamsGroupHeartbeat } from "../../src/protocols/kafka/messages/streams-group-heartbeat.ts";
import { streamsGroupTopologyDescriptionUpdate } from "../../src/protocols/kafka/messages/streams-group-topology-description-update.ts";
import { answering } from "../support/fake-broker.ts";
import { type Case, type Given, scenarios } from "../support/scenario.ts";

/** A broker that has these topics by name, and says of others that it does not. */
const has = (...names: string[]) =>
  answering(metadata, ({ topics }) => ({
    topics: (topics ?? []).map(({ name }) => ({ name, errorCode: names.includes(name ?? "") ? 0 : 3 })),
  }));

const topology = (more: object = {}) => ({
  epoch: 1,
  subtopologies: [
    {
      subtopologyId: "0",
      sourceTopics: ["orders"],
      repartitionSinkTopics: ["app-r"],
      stateChangelogTopics: [{ name: "app-c", partitions: 3, replicationFactor: 2, topicConfigs: [] }],
      repartitionSourceTopics: [],
      ...more,
    },
    { subtopologyId: "1", repartitionSourceTopics: [{ name: "app-r", topicConfigs: [] }] },
  ],
});
const joining = { groupId: "app", topology: topology() };
const described = ["group.read app", "topic.describe orders", "topic.describe app-r", "topic.describe app-c"];
const refusedWith = (errorCode: number, errorMessage = "no") => ({ errorCode, errorMessage, status: null });
const nothingMissing: Given = { asked: [has("app-c", "app-r")] };

export const streams: Case[] = [
  ...scenarios(streamsGroupHeartbeat, [
    {
      name: "internal topics that exist need not be created; the application's endpoint stays",
      given: nothingMissing,
      when: {
        request: joining,
        answer: {
          status: null,
          partitionsByUserEndpoint: [{ userEndpoint: { host: "app-1.internal", port: 7000 } }],
        },
      },
      then: { operations: described, broker: "unchanged", client: "unchanged" },
    },
    {
      name: "those that do not are created by the broker: judged as a creation",
      given: { asked: [has("app-r")] },
      when: { request: joining, answer: { status: null } },
      then: { operations: [...described, "topic.create app-c"], broker: "unchanged", client: "unchanged" },
    },
    {
      name: "one that may not be created refuses the topology",
      given: { asked: [has("app-r")], refuse: [{ operation: "topic.create" }] },
      when: { request: joining },
      then: { broker: "nothing", client: refusedWith(29) },
    },
    {
      name: "a source that may not be seen refuses it as well",
      given: { ...nothingMissing, refuse: [{ resource: "orders" }] },
      when: { request: joining },
      then: { broker: "nothing", client: refusedWith(29) },
    },
    {
      name: "the group is refused",
      given: { refuse: [{ resource: "app" }] },
      when: { request: { groupId: "app", topology: null } },
      then: { operations: ["group.read app"], broker: "nothing", client: refusedWith(30) },
    },
    {
      name: "an expression is nobody's to match",
      when: { request: { groupId: "app", topology: topology({ sourceTopicRegex: ["ord.*"] }) } },
      then: {
        broker: "nothing",
        client: refusedWith(130, "Regular expressions for source topics are not supported: name the topics."),
      },
    },
  ]),
  ...scenarios(streamsGroupDescribe, [
    {
      name: "in part, and a group with a topic that may not be seen is blank",
      given: { refuse: [{ resource: "theirs" }], hidden: ["secret"] },
      when: {
        request: { groupIds: ["theirs", "app"] },
        answer: { groups: [{ groupId: "app", topology: { subtopologies: [{ sourceTopics: ["secret"] }] } }] },
      },
      then: {
        operations: ["group.describe theirs", "group.describe app"],
        broker: { groupIds: ["app"] },
        client: {
          groups: [
            { groupId: "theirs", errorCode: 30, errorMessage: "no" },
            { groupId: "app", errorCode: 29, errorMessage: "The group has topics that the caller may not describe." },
          ],
        },
      },
    },
    {
      name: "a topic in the description for people counts as well",
      versions: [1],
      given: { hidden: ["secret"] },
      when: {
        request: { groupIds: ["app"], includeTopologyDescription: true },
        answer: {
          groups: [
            {
              groupId: "app",
              topology: null,
              topologyDescription: { subtopologies: [{ nodes: [{ sinkTopic: "secret" }] }] },
            },
          ],
        },
      },
      then: {
        broker: "unchanged",
        client: {
          groups: [
            { groupId: "app", errorCode: 29, errorMessage: "The group has topics that the caller may not describe." },
          ],
        },
      },
    },
  ]),
  ...scenarios(streamsGroupTopologyDescriptionUpdate, [
    {
      name: "allowed",
      when: { request: { groupId: "app" } },
      then: { operations: ["group.read app"], broker: "unchanged", client: "unchanged" },
    },
    {
      name: "refused",
      given: { refuse: [{}] },
      when: { request: { groupId: "app" } },
      then: { broker: "nothing", client: { errorCode: 30, errorMessage: "no" } },
    },
  ]),
];
