// Where replicas lie, which of them leads, and what of it is moving, for operations that change it. All of that is pinned: the same command in another
// situation is another command.
import type { JsonObject } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import type { ReassignableTopic } from "../messages/alter-partition-reassignments.ts";
import { listPartitionReassignments } from "../messages/list-partition-reassignments.ts";
import { type MetadataResponseTopic, metadata } from "../messages/metadata.ts";
import type { RuleContext } from "../rule.ts";
import { byPartition, failing, readable } from "./common.ts";
import { logDirsAt } from "./log-dirs.ts";
import { describeTopic, indexesOf } from "./topic.ts";

const metadataVersion = 12;

export async function reassignmentFacts(
  { name, partitions }: ReassignableTopic,
  context: RuleContext,
): Promise<ExchangeFacts> {
  const request = metadata.request.create({ topics: [{ name }], allowAutoTopicCreation: false });
  const { brokers, topics } = await context.ask(metadata, metadataVersion, request);
  const [topic] = topics;
  if (topic?.errorCode !== 0) return failing(topic?.errorCode ?? "UNKNOWN_TOPIC_OR_PARTITION");
  const known = new Set(brokers.map(({ nodeId }) => nodeId));
  const targets = partitions.flatMap(({ replicas }) => replicas ?? []);
  if (known.size > 0 && targets.some((node) => !known.has(node))) return failing("INVALID_REPLICA_ASSIGNMENT");
  const moving = await ongoing(name, partitions, context);
  const cancels = partitions.filter(({ replicas }) => replicas === null);
  if (cancels.some(({ partitionIndex }) => !moving.some(({ partition }) => partition === partitionIndex)))
    return failing("NO_REASSIGNMENT_IN_PROGRESS");
  const asked = new Set(partitions.map(({ partitionIndex }) => partitionIndex));
  const before = topic.partitions
    .filter(({ partitionIndex }) => asked.has(partitionIndex))
    .map(({ partitionIndex, replicaNodes }) => ({ partition: partitionIndex, replicas: replicaNodes }))
    .toSorted(byPartition);
  const shown = { topicId: topic.topicId, before: readable(before), moving: readable(moving) };
  return { pinned: { topicId: topic.topicId, before, moving }, shown, wouldFail: null };
}

async function ongoing(name: string, partitions: ReassignableTopic["partitions"], context: RuleContext) {
  const partitionIndexes = partitions.map(({ partitionIndex }) => partitionIndex);
  const request = listPartitionReassignments.request.create({ topics: [{ name, partitionIndexes }] });
  const answer = await context.ask(listPartitionReassignments, 0, request);
  return answer.topics
    .flatMap((topic) => topic.partitions)
    .map(({ partitionIndex, addingReplicas, removingReplicas }) => ({
      partition: partitionIndex,
      adding: addingReplicas,
      removing: removingReplicas,
    }))
    .toSorted(byPartition);
}

interface Leadership extends JsonObject {
  readonly partition: number;
  readonly leader: number;
  readonly replicas: number[];
  readonly inSync: number[];
}

function leadershipOf({ partitions }: MetadataResponseTopic): Leadership[] {
  return partitions
    .map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => ({
      partition: partitionIndex,
      leader: leaderId,
      replicas: replicaNodes,
      inSync: isrNodes.toSorted((a, b) => a - b),
    }))
    .toSorted(byPartition);
}

/** Where an election of this kind would change anything. */
function isNeeded({ leader, replicas }: Leadership, election: string): boolean {
  return election === "unclean" ? leader < 0 : leader !== replicas[0];
}

export async function electionFacts(
  { topic: name, partitions }: { readonly topic: string; readonly partitions: readonly number[] },
  election: string,
  context: RuleContext,
): Promise<ExchangeFacts> {
  const topic = await describeTopic(name, context);
  if (topic?.errorCode !== 0) return failing(topic?.errorCode ?? "UNKNOWN_TOPIC_OR_PARTITION");
  const asked = new Set(partitions);
  const now = leadershipOf(topic).filter(({ partition }) => asked.has(partition));
  if (now.length < asked.size) return failing("UNKNOWN_TOPIC_OR_PARTITION");
  const needed = now.filter((one) => isNeeded(one, election));
  if (needed.length === 0) return failing("ELECTION_NOT_NEEDED");
  const unavailable = ({ replicas, inSync }: Leadership) => !inSync.includes(replicas[0] ?? -1);
  if (election === "preferred" && needed.every(unavailable)) return failing("PREFERRED_LEADER_NOT_AVAILABLE");
  const { topicId } = topic;
  return { pinned: { topicId, leaders: now }, shown: { topicId, leaders: readable(now) }, wouldFail: null };
}

/** All partitions of the cluster at once: those that would get another leader. */
export async function everyElectionFacts(election: string, context: RuleContext): Promise<ExchangeFacts> {
  const request = metadata.request.create({ topics: null, allowAutoTopicCreation: false });
  const { topics } = await context.ask(metadata, metadataVersion, request);
  const needed = topics
    .flatMap((topic) =>
      leadershipOf(topic)
        .filter((one) => isNeeded(one, election))
        .map(
          ({ partition, leader, replicas }) =>
            `${topic.name}-${partition}: leader ${leader}, replicas ${replicas.join(" ")}`,
        ),
    )
    .toSorted();
  return { pinned: { needed }, shown: { count: needed.length, needed: readable(needed) }, wouldFail: null };
}

/** Moves between the disks of the broker that was asked. */
export async function logDirFacts(
  path: string,
  { name, partitions }: { readonly name: string; readonly partitions: readonly number[] },
  context: RuleContext,
): Promise<ExchangeFacts> {
  const topic = await describeTopic(name, context);
  if (topic?.errorCode !== 0) return failing(topic?.errorCode ?? "UNKNOWN_TOPIC_OR_PARTITION");
  const there = new Set(indexesOf(topic));
  if (partitions.some((partition) => !there.has(partition))) return failing("UNKNOWN_TOPIC_OR_PARTITION");
  const dirs = await logDirsAt(name, partitions, context);
  const before = dirs.map(({ partition, path: at }) => ({ partition, path: at })).toSorted(byPartition);
  const lines = dirs.map(({ partition, path: at, bytes }) => `partition ${partition}: ${at} → ${path}, ${bytes} bytes`);
  return { pinned: { topicId: topic.topicId, before }, shown: { moves: readable(lines.toSorted()) }, wouldFail: null };
}
