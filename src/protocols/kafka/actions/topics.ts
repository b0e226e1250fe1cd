// Operations on topics by their names in policies.
import type { Action } from "./parameters.ts";

const topicType = 2;
const [set, remove] = [0, 1];
const elections = ["preferred", "unclean"];
const itsName = "its name";

export const topicActions: Readonly<Record<string, Action>> = {
  "topic.delete": {
    parameters: { topic: itsName },
    toRequest: (given) => ({ api: "DeleteTopics", request: { topics: [{ name: given.text("topic") }] } }),
  },
  "topic.delete-records": {
    parameters: { topic: itsName, offsets: "by partition, the first offset that stays; -1 deletes all there is" },
    toRequest: (given) => ({
      api: "DeleteRecords",
      request: {
        topics: [
          {
            name: given.text("topic"),
            partitions: given.offsets("offsets").map(([partitionIndex, offset]) => ({ partitionIndex, offset })),
          },
        ],
      },
    }),
  },
  "topic.create-partitions": {
    parameters: { topic: itsName, partitions: "how many it shall have" },
    toRequest: (given) => ({
      api: "CreatePartitions",
      request: { topics: [{ name: given.text("topic"), count: given.number("partitions"), assignments: null }] },
    }),
  },
  "topic.alter-config": {
    parameters: { topic: itsName, configs: "by name, the new values; null for the default" },
    toRequest: (given) => ({
      api: "IncrementalAlterConfigs",
      request: {
        resources: [
          {
            resourceType: topicType,
            resourceName: given.text("topic"),
            configs: given
              .settings("configs")
              .map(([name, value]) => ({ name, configOperation: value === null ? remove : set, value })),
          },
        ],
      },
    }),
  },
  "topic.elect-leaders": {
    parameters: { topic: itsName, partitions: "a list", election: "preferred, if not given, or unclean" },
    toRequest(given) {
      const electionType = elections.indexOf(given.textOr("election", "preferred"));
      if (electionType < 0) throw given.wrong("election", elections.join(" or "));
      const partitions = given.partitions("partitions");
      return {
        api: "ElectLeaders",
        request: { electionType, topicPartitions: [{ topic: given.text("topic"), partitions }] },
      };
    },
  },
  "topic.reassign": {
    parameters: { topic: itsName, replicas: "by partition, the brokers; null takes back a move that is under way" },
    toRequest: (given) => ({
      api: "AlterPartitionReassignments",
      request: {
        topics: [
          {
            name: given.text("topic"),
            partitions: given.replicas("replicas").map(([partitionIndex, replicas]) => ({ partitionIndex, replicas })),
          },
        ],
      },
    }),
  },
};
