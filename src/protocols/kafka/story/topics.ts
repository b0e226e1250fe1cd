// Sentences about topics and configurations.

import { alterConfigs } from "../messages/alter-configs.ts";
import { createPartitions } from "../messages/create-partitions.ts";
import { createTopics } from "../messages/create-topics.ts";
import { deleteRecords } from "../messages/delete-records.ts";
import { deleteTopics } from "../messages/delete-topics.ts";
import { describeConfigs } from "../messages/describe-configs.ts";
import { describeTopicPartitions } from "../messages/describe-topic-partitions.ts";
import { incrementalAlterConfigs } from "../messages/incremental-alter-configs.ts";
import { listConfigResources } from "../messages/list-config-resources.ts";
import { metadata } from "../messages/metadata.ts";
import { configKinds } from "../operations/config-resources.ts";
import { sentence } from "./sentence.ts";
import { allOr, count, named, some, topicOf } from "./words.ts";

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

/** `topic orders`, `broker 1`, `all brokers` */
function resource({ resourceType, resourceName }: Resource): string {
  const kind = configKinds.get(resourceType)?.type ?? `resource of type ${resourceType}`;
  return resourceName === "" ? `every ${kind}` : `${kind} ${resourceName}`;
}

const trial = (validateOnly: boolean) => (validateOnly ? ", only to see whether it could be" : "");
const ops = ["set", "deleted", "appended to", "taken from"];

export const topicSentences = [
  sentence(
    metadata,
    ({ request, names }) => {
      if (request.topics?.length === 0) return "ask for the brokers";
      return `ask about ${allOr("topic", request.topics?.map((topic) => topicOf(topic, names)) ?? null)}`;
    },
    {
      came: ({ request, response }) =>
        request.topics === null ? `and sees ${count(response.topics.length, "topic")}` : "",
    },
  ),
  sentence(
    describeTopicPartitions,
    ({ request }) =>
      `look at the partitions of ${named(
        "topic",
        request.topics.map(({ name }) => name),
        "all topics",
      )}`,
  ),
  sentence(
    createTopics,
    ({ request }) =>
      `create ${some(
        request.topics.map(({ name, numPartitions, assignments }) => {
          const number = assignments.length > 0 ? assignments.length : numPartitions;
          return `topic ${name}${number > 0 ? ` (${count(number, "partition")})` : ""}`;
        }),
      )}${trial(request.validateOnly)}`,
  ),
  sentence(
    createPartitions,
    ({ request }) =>
      `grow ${some(request.topics.map(({ name, count: number }) => `topic ${name} to ${count(number, "partition")}`))}${trial(request.validateOnly)}`,
  ),
  sentence(
    deleteTopics,
    ({ request, names }) =>
      `delete ${named("topic", [...request.topicNames, ...request.topics.map((topic) => topicOf(topic, names))])}`,
  ),
  sentence(
    deleteRecords,
    ({ request }) =>
      `delete records of ${some(
        request.topics.flatMap(({ name, partitions }) =>
          partitions.map(
            ({ partitionIndex, offset }) =>
              `${name}[${partitionIndex}] ${offset < 0n ? "up to the end" : `before ${offset}`}`,
          ),
        ),
      )}`,
  ),
  sentence(describeConfigs, ({ request }) => `look at the configuration of ${some(request.resources.map(resource))}`),
  sentence(
    alterConfigs,
    ({ request }) =>
      `replace the configuration of ${some(
        request.resources.map(
          (it) =>
            `${resource(it)} by ${some(
              it.configs.map(({ name, value }) => `${name}=${value ?? ""}`),
              "its defaults",
            )}`,
        ),
      )}${trial(request.validateOnly)}`,
  ),
  sentence(
    incrementalAlterConfigs,
    ({ request }) =>
      `change the configuration of ${some(
        request.resources.map(
          (it) =>
            `${resource(it)}: ${some(
              it.configs.map(
                ({ name, configOperation, value }) =>
                  `${name} ${ops[configOperation] ?? `op ${configOperation}`}${value === null ? "" : ` ${value}`}`,
              ),
            )}`,
        ),
      )}${trial(request.validateOnly)}`,
  ),
  sentence(listConfigResources, () => "list what has a configuration"),
] as const;
