// AlterReplicaLogDirs (34), ElectLeaders (43), AlterPartitionReassignments (45): where replicas lie and which of them leads. Kafka asks for
// CLUSTER:ALTER; here each topic is an operation of its own, so that a policy can say for which. Leaders of all partitions at once
// (a null list) are an operation on the cluster: who may do it for some topics may not do it for all.
import { errorCode } from "../errors.ts";
import { nothing } from "../facts/common.ts";
import { electionFacts, everyElectionFacts, logDirFacts, reassignmentFacts } from "../facts/placement.ts";
import { itemRule } from "../item-rule.ts";
import {
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsResponse,
  alterPartitionReassignments,
  reassignableTopicResponseStruct,
} from "../messages/alter-partition-reassignments.ts";
import {
  type AlterReplicaLogDirsRequest,
  type AlterReplicaLogDirsResponse,
  alterReplicaLogDirStruct,
  alterReplicaLogDirs,
  alterReplicaLogDirTopicResultStruct,
} from "../messages/alter-replica-log-dirs.ts";
import {
  type ElectLeadersRequest,
  type ElectLeadersResponse,
  electLeaders,
  replicaElectionResultStruct,
} from "../messages/elect-leaders.ts";
import type { Rule } from "../rule.ts";
import { wholeRule } from "../whole-rule.ts";
import { cluster, operation } from "./describe.ts";
import { withErrorAtTheTop } from "./error-at-the-top.ts";

const denied = () => errorCode("CLUSTER_AUTHORIZATION_FAILED");

/** The topics of a log dir, one by one: the answer has topics, and no dirs. */
const movesOf = ({ dirs }: AlterReplicaLogDirsRequest) =>
  dirs.flatMap(({ path, topics }) => topics.map((topic) => ({ path, topic })));
type Move = ReturnType<typeof movesOf>[number];

export const alterReplicaLogDirsRule = itemRule({
  api: alterReplicaLogDirs,
  versions: { min: 1, max: 2 },
  items: (request: AlterReplicaLogDirsRequest) => movesOf(request),
  withItems: (request, moves) => ({ ...request, dirs: dirsOf(moves) }),
  operation: ({ path, topic: { name, partitions } }, _request, { session }) =>
    operation(
      "topic.alter-log-dirs",
      "alter",
      { type: "topic", name },
      { risk: "high", attributes: { path, partitions, node: session.node } },
    ),
  facts: ({ path, topic }, _request, context) => logDirFacts(path, topic, context),
  denied,
  results: (response: AlterReplicaLogDirsResponse) => response.results,
  withResults: (response, results) => ({ ...response, results }),
  refused: ({ topic: { name, partitions } }, { code }) =>
    alterReplicaLogDirTopicResultStruct.create({
      topicName: name,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex, errorCode: code })),
    }),
  empty: () => alterReplicaLogDirs.response.create(),
  keys: { item: ({ topic }) => topic.name, result: ({ topicName }) => [topicName] },
  error: ({ partitions }) => partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
});

function dirsOf(moves: readonly Move[]) {
  const byPath = Map.groupBy(moves, ({ path }) => path);
  return [...byPath].map(([path, of]) =>
    alterReplicaLogDirStruct.create({ path, topics: of.map(({ topic }) => topic) }),
  );
}

// --- ElectLeaders ---------------------------------------------------------------------------------------------------------

/** ElectionType; an unclean leader may have lost records. */
const electionTypes = ["preferred", "unclean"];
const electionOf = ({ electionType }: ElectLeadersRequest) => electionTypes[electionType] ?? String(electionType);

const someLeaders = withErrorAtTheTop(
  itemRule({
    api: electLeaders,
    versions: { min: 0, max: 2 },
    items: (request: ElectLeadersRequest) => request.topicPartitions ?? [],
    withItems: (request, topicPartitions) => ({ ...request, topicPartitions }),
    operation: ({ topic, partitions }, request) =>
      operation(
        "topic.elect-leaders",
        "alter",
        { type: "topic", name: topic },
        { risk: "high", attributes: { election: electionOf(request), partitions } },
      ),
    facts: (item, request, context) => electionFacts(item, electionOf(request), context),
    denied,
    results: (response: ElectLeadersResponse) => response.replicaElectionResults,
    withResults: (response, replicaElectionResults) => ({ ...response, replicaElectionResults }),
    refused: ({ topic, partitions }, { code, message }) =>
      replicaElectionResultStruct.create({
        topic,
        partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode: code, errorMessage: message })),
      }),
    empty: () => electLeaders.response.create(),
    keys: { item: ({ topic }) => topic, result: ({ topic }) => [topic] },
    error: ({ partitionResult }) => partitionResult.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
  }),
);

const allLeaders = wholeRule({
  api: electLeaders,
  versions: { min: 0, max: 2 },
  operations: (request: ElectLeadersRequest) => [
    operation("cluster.elect-leaders", "alter", cluster, {
      risk: "high",
      attributes: { election: electionOf(request) },
    }),
  ],
  facts: (request, context) => everyElectionFacts(electionOf(request), context),
  denied,
  // version 0 has no error at the top: an empty list says that nothing was done
  refuse: ({ code }, _request, { version }) => electLeaders.response.create({ errorCode: version >= 1 ? code : 0 }),
  error: (response) => response.errorCode,
});

const leadersOf = ({ topicPartitions }: ElectLeadersRequest) => (topicPartitions === null ? allLeaders : someLeaders);

export const electLeadersRule: Rule<ElectLeadersRequest, ElectLeadersResponse> = {
  api: electLeaders,
  versions: someLeaders.versions,
  neverHeld: false,
  describe: (request, context) => leadersOf(request).describe(request, context),
  facts: (request, index, context) => leadersOf(request).facts?.(request, index, context) ?? Promise.resolve(nothing),
  restrict: (request, verdicts, context) => leadersOf(request).restrict(request, verdicts, context),
  refuse: (request, verdicts, context) => leadersOf(request).refuse(request, verdicts, context),
  respond: (response, request, context) => leadersOf(request).respond(response, request, context),
  outcomes: (response, request, context) => leadersOf(request).outcomes(response, request, context),
};

// --- AlterPartitionReassignments ------------------------------------------------------------------------------------------

/** The answer lists every partition of the request: the Java client counts them. */
export const alterPartitionReassignmentsRule = withErrorAtTheTop(
  itemRule({
    api: alterPartitionReassignments,
    versions: { min: 0, max: 1 },
    items: (request: AlterPartitionReassignmentsRequest) => request.topics,
    withItems: (request, topics) => ({ ...request, topics }),
    operation: ({ name, partitions }, { allowReplicationFactorChange }) =>
      operation(
        "topic.reassign",
        "alter",
        { type: "topic", name },
        {
          risk: "high",
          attributes: {
            /** `replicas: null` cancels a reassignment that is under way. */
            partitions: partitions.map(({ partitionIndex, replicas }) => ({ partition: partitionIndex, replicas })),
            allowReplicationFactorChange,
          },
        },
      ),
    facts: (topic, _request, context) => reassignmentFacts(topic, context),
    denied,
    results: (response: AlterPartitionReassignmentsResponse) => response.responses,
    withResults: (response, responses) => ({ ...response, responses }),
    refused: ({ name, partitions }, { code, message }) =>
      reassignableTopicResponseStruct.create({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: code,
          errorMessage: message,
        })),
      }),
    empty: () => alterPartitionReassignments.response.create(),
    keys: { item: ({ name }) => name, result: ({ name }) => [name] },
    error: ({ partitions }) => partitions.find((partition) => partition.errorCode !== 0)?.errorCode ?? 0,
  }),
);
