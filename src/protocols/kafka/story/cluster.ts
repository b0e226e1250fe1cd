// Sentences about the cluster, its brokers and who may do what.

import { word } from "../facts/acls.ts";
import { addRaftVoter } from "../messages/add-raft-voter.ts";
import { alterClientQuotas } from "../messages/alter-client-quotas.ts";
import { alterPartitionReassignments } from "../messages/alter-partition-reassignments.ts";
import { alterReplicaLogDirs } from "../messages/alter-replica-log-dirs.ts";
import { alterUserScramCredentials } from "../messages/alter-user-scram-credentials.ts";
import { createAcls } from "../messages/create-acls.ts";
import { deleteAcls } from "../messages/delete-acls.ts";
import { describeAcls } from "../messages/describe-acls.ts";
import { describeClientQuotas } from "../messages/describe-client-quotas.ts";
import { describeCluster } from "../messages/describe-cluster.ts";
import { describeLogDirs } from "../messages/describe-log-dirs.ts";
import { describeQuorum } from "../messages/describe-quorum.ts";
import { describeUserScramCredentials } from "../messages/describe-user-scram-credentials.ts";
import { electLeaders } from "../messages/elect-leaders.ts";
import { listPartitionReassignments } from "../messages/list-partition-reassignments.ts";
import { removeRaftVoter } from "../messages/remove-raft-voter.ts";
import { unregisterBroker } from "../messages/unregister-broker.ts";
import { unregisterController } from "../messages/unregister-controller.ts";
import { updateFeatures } from "../messages/update-features.ts";
import { sentence } from "./sentence.ts";
import { allOr, count, named, partitions, some } from "./words.ts";

interface Rule {
  readonly principal: string;
  readonly operation: number;
  readonly permissionType: number;
}

/** `allow User:zoe read` */
const rule = ({ principal, operation, permissionType }: Rule) =>
  `${word("permission", permissionType)} ${principal} ${word("operation", operation)}`;

interface Filter {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly principalFilter: string | null;
}

function filter({ resourceTypeFilter, resourceNameFilter, principalFilter }: Filter): string {
  const type = word("resource", resourceTypeFilter);
  const what = `${type === "any" ? "any resource" : type}${resourceNameFilter === null ? "" : ` ${resourceNameFilter}`}`;
  return `${what}${principalFilter === null ? "" : ` of ${principalFilter}`}`;
}

const mechanisms = ["unknown", "SCRAM-SHA-256", "SCRAM-SHA-512"];
const entity = (entities: readonly { entityType: string; entityName: string | null }[]) =>
  entities.map(({ entityType, entityName }) => `${entityType} ${entityName ?? "by default"}`).join(", ");

export const clusterSentences = [
  sentence(describeCluster, () => "ask about the cluster"),
  sentence(describeAcls, ({ request }) => `look at the ACLs on ${filter(request)}`),
  sentence(
    createAcls,
    ({ request }) =>
      `add ${some(request.creations.map((it) => `an ACL on ${word("resource", it.resourceType)} ${it.resourceName}: ${rule(it)}`))}`,
  ),
  sentence(deleteAcls, ({ request }) => `remove the ACLs on ${some(request.filters.map(filter))}`, {
    came: ({ response }) =>
      `${count(
        response.filterResults.reduce((sum, { matchingAcls }) => sum + matchingAcls.length, 0),
        "ACL",
      )} gone`,
  }),
  sentence(describeClientQuotas, () => "look at the quotas"),
  sentence(
    alterClientQuotas,
    ({ request }) =>
      `change the quota of ${some(
        request.entries.map(
          (it) =>
            `${entity(it.entity)} (${some(
              it.ops.map(({ key, value, remove }) => (remove ? `no ${key}` : `${key}=${value}`)),
            )})`,
        ),
      )}`,
  ),
  sentence(
    describeUserScramCredentials,
    ({ request }) => `look at the credentials of ${allOr("user", request.users?.map(({ name }) => name) ?? null)}`,
  ),
  sentence(
    alterUserScramCredentials,
    ({ request }) =>
      `change credentials: ${some([
        ...request.upsertions.map(({ name, mechanism }) => `${name} gets ${mechanisms[mechanism] ?? mechanism}`),
        ...request.deletions.map(({ name, mechanism }) => `${name} loses ${mechanisms[mechanism] ?? mechanism}`),
      ])}`,
  ),
  sentence(
    describeLogDirs,
    ({ request }) =>
      `look at the log directories of ${allOr("topic", request.topics?.map(({ topic }) => topic) ?? null)}`,
  ),
  sentence(
    alterReplicaLogDirs,
    ({ request }) =>
      `move ${some(request.dirs.flatMap(({ path, topics }) => topics.map((it) => `${partitions(it.name, it.partitions)} to ${path}`)))}`,
  ),
  sentence(
    listPartitionReassignments,
    ({ request }) => `look at the reassignments of ${allOr("topic", request.topics?.map(({ name }) => name) ?? null)}`,
  ),
  sentence(
    alterPartitionReassignments,
    ({ request }) =>
      `reassign ${some(
        request.topics.flatMap(({ name, partitions: its }) =>
          its.map(({ partitionIndex, replicas }) =>
            replicas === null
              ? `${name}[${partitionIndex}]: not any more`
              : `${name}[${partitionIndex}] to brokers ${replicas.join(",")}`,
          ),
        ),
      )}`,
  ),
  sentence(
    electLeaders,
    ({ request }) =>
      `have leaders elected ${request.electionType === 1 ? "uncleanly " : ""}for ${
        request.topicPartitions === null
          ? "every partition"
          : some(request.topicPartitions.map((it) => partitions(it.topic, it.partitions)))
      }`,
  ),
  sentence(describeQuorum, () => "look at the controllers' quorum"),
  sentence(
    updateFeatures,
    ({ request }) =>
      `change ${named(
        "feature",
        request.featureUpdates.map(({ feature, maxVersionLevel }) => `${feature} to level ${maxVersionLevel}`),
      )}`,
  ),
  sentence(unregisterBroker, ({ request }) => `unregister broker ${request.brokerId}`),
  sentence(unregisterController, ({ request }) => `unregister controller ${request.controllerId}`),
  sentence(addRaftVoter, ({ request }) => `add controller ${request.voterId} to the quorum`),
  sentence(removeRaftVoter, ({ request }) => `remove controller ${request.voterId} from the quorum`),
] as const;
