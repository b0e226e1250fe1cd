// What a scripted broker answers to those who look for facts; what several scenarios need.
import { describeAcls } from "../../../src/protocols/kafka/messages/describe-acls.ts";
import { describeConfigs } from "../../../src/protocols/kafka/messages/describe-configs.ts";
import { describeLogDirs } from "../../../src/protocols/kafka/messages/describe-log-dirs.ts";
import { listGroups } from "../../../src/protocols/kafka/messages/list-groups.ts";
import { metadata } from "../../../src/protocols/kafka/messages/metadata.ts";
import { offsetFetch } from "../../../src/protocols/kafka/messages/offset-fetch.ts";
import type { ApiMessages, Init } from "../../../src/protocols/kafka/schema.ts";
import { answering } from "../../support/fake-broker.ts";

export const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";

export const orders = (
  partitions: readonly object[] = [{ replicaNodes: [1, 2] }, { replicaNodes: [2, 1] }],
  errorCode = 0,
) =>
  answering(metadata, ({ topics }) => ({
    brokers: [1, 2, 3].map((nodeId) => ({ nodeId, host: "b", port: 9092 })),
    topics: (topics ?? [{ name: "orders" }]).map(({ name }) => ({
      name,
      topicId,
      errorCode,
      partitions: (name === "orders" ? partitions : [{ leaderId: 2 }]).map((partition, partitionIndex) => ({
        partitionIndex,
        leaderId: 1,
        ...partition,
      })),
    })),
  }));

export const groups = (...states: readonly (readonly [string, string])[]) =>
  answering(listGroups, () => ({ groups: states.map(([groupId, groupState]) => ({ groupId, groupState })) }));

export const committed = (...offsets: readonly bigint[]) =>
  answering(offsetFetch, (request) => ({
    groups: request.groups.map(({ groupId }) => ({
      groupId,
      topics: [
        {
          name: "orders",
          partitions: offsets.map((committedOffset, partitionIndex) => ({ partitionIndex, committedOffset })),
        },
      ],
    })),
  }));

export const diskOf = (logDir: string) =>
  answering(describeLogDirs, () => ({
    results: [
      {
        logDir,
        topics: [
          {
            name: "orders",
            partitions: [
              { partitionIndex: 0, partitionSize: 1_000n },
              { partitionIndex: 1, partitionSize: 24n },
            ],
          },
        ],
      },
    ],
  }));

export const acls = (...principals: readonly string[]) =>
  answering(describeAcls, () => ({
    resources:
      principals.length === 0
        ? []
        : [
            {
              resourceType: 2,
              resourceName: "orders",
              patternType: 3,
              acls: principals.map((principal) => ({ principal, host: "*", operation: 3, permissionType: 3 })),
            },
          ],
  }));

export const noAuthorizer = answering(describeAcls, () => ({ errorCode: 54 }));

export interface Config {
  readonly name: string;
  readonly value: string | null;
  /** DescribeConfigs' ConfigSource: 1 set on the topic, 2 on the broker, 5 the default. */
  readonly configSource: number;
  readonly isSensitive?: boolean;
}

export const configs = (...values: readonly Config[]) =>
  answering(describeConfigs, ({ resources }) => ({
    results: resources.map(({ resourceType, resourceName, configurationKeys }) => ({
      resourceType,
      resourceName,
      configs: values.filter(({ name }) => configurationKeys === null || configurationKeys.includes(name)),
    })),
  }));

/** Accepts or refuses what is only tried; what is not is a failure of the test. */
export function trial<Req extends { validateOnly: boolean }, Res>(
  api: ApiMessages<Req, Res>,
  answer: (request: Req) => Init<Res>,
) {
  return answering(api, (request: Req) => {
    if (!request.validateOnly) throw new Error("this was for real");
    return answer(request);
  });
}
