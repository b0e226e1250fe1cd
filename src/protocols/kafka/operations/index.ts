// Every API that a client may use, one line each. What is not here does not exist: it vanishes from ApiVersions and is refused.
// To add an API: a file beside this one that exports a Rule, a line here, scenarios in test/scenarios, a row in policies/README.md.
import type { AnyRule } from "../rule.ts";
import { createAclsRule, deleteAclsRule, describeAclsRule } from "./acls.ts";
import { alterConfigsRule, describeConfigsRule, incrementalAlterConfigsRule } from "./configs.ts";
import { consumerGroupHeartbeatRule } from "./consumer-heartbeat.ts";
import { describeClusterRule } from "./describe-cluster.ts";
import { fetchRule } from "./fetch.ts";
import { findCoordinatorRule } from "./find-coordinator.ts";
import { heartbeatRule, joinGroupRule, leaveGroupRule, syncGroupRule } from "./group-membership.ts";
import { offsetCommitRule, offsetFetchRule } from "./group-offsets.ts";
import { consumerGroupDescribeRule, deleteGroupsRule, describeGroupsRule, listGroupsRule } from "./groups.ts";
import { wholeRules } from "./judged-as-a-whole.ts";
import { listConfigResourcesRule } from "./list-config-resources.ts";
import { listOffsetsRule } from "./list-offsets.ts";
import { metadataRule } from "./metadata.ts";
import { offsetDeleteRule } from "./offset-delete.ts";
import { offsetForLeaderEpochRule } from "./offset-for-leader-epoch.ts";
import { produceRule } from "./produce.ts";
import { alterClientQuotasRule } from "./quotas.ts";
import { alterPartitionReassignmentsRule, alterReplicaLogDirsRule, electLeadersRule } from "./replica-placement.ts";
import { alterUserScramCredentialsRule, describeUserScramCredentialsRule } from "./scram-credentials.ts";
import { shareAcknowledgeRule } from "./share-acknowledge.ts";
import { shareFetchRule } from "./share-fetch.ts";
import {
  alterShareGroupOffsetsRule,
  deleteShareGroupOffsetsRule,
  describeShareGroupOffsetsRule,
} from "./share-group-offsets.ts";
import { shareGroupDescribeRule, shareGroupHeartbeatRule } from "./share-groups.ts";
import {
  streamsGroupDescribeRule,
  streamsGroupHeartbeatRule,
  streamsGroupTopologyDescriptionUpdateRule,
} from "./streams-groups.ts";
import { createPartitionsRule, createTopicsRule } from "./topic-creation.ts";
import { deleteRecordsRule, deleteTopicsRule } from "./topic-deletion.ts";
import { describeTopicPartitionsRule } from "./topic-partitions.ts";
import { describeProducersRule, describeTransactionsRule, listTransactionsRule } from "./transaction-listing.ts";
import {
  addOffsetsToTxnRule,
  addPartitionsToTxnRule,
  endTxnRule,
  initProducerIdRule,
  txnOffsetCommitRule,
} from "./transactions.ts";
import { updateFeaturesRule } from "./update-features.ts";
import { writeTxnMarkersRule } from "./write-txn-markers.ts";

export const rules = [
  produceRule,
  fetchRule,
  listOffsetsRule,
  metadataRule,
  offsetCommitRule,
  offsetFetchRule,
  findCoordinatorRule,
  joinGroupRule,
  heartbeatRule,
  leaveGroupRule,
  syncGroupRule,
  describeGroupsRule,
  listGroupsRule,
  createTopicsRule,
  deleteTopicsRule,
  deleteRecordsRule,
  initProducerIdRule,
  offsetForLeaderEpochRule,
  addPartitionsToTxnRule,
  addOffsetsToTxnRule,
  endTxnRule,
  txnOffsetCommitRule,
  describeAclsRule,
  createAclsRule,
  deleteAclsRule,
  describeConfigsRule,
  alterConfigsRule,
  createPartitionsRule,
  deleteGroupsRule,
  incrementalAlterConfigsRule,
  describeClusterRule,
  consumerGroupHeartbeatRule,
  consumerGroupDescribeRule,
  describeTopicPartitionsRule,
  listConfigResourcesRule,
  offsetDeleteRule,
  alterClientQuotasRule,
  alterPartitionReassignmentsRule,
  alterReplicaLogDirsRule,
  electLeadersRule,
  alterUserScramCredentialsRule,
  describeUserScramCredentialsRule,
  shareAcknowledgeRule,
  shareFetchRule,
  alterShareGroupOffsetsRule,
  deleteShareGroupOffsetsRule,
  describeShareGroupOffsetsRule,
  shareGroupDescribeRule,
  shareGroupHeartbeatRule,
  streamsGroupDescribeRule,
  streamsGroupHeartbeatRule,
  streamsGroupTopologyDescriptionUpdateRule,
  describeProducersRule,
  describeTransactionsRule,
  listTransactionsRule,
  updateFeaturesRule,
  writeTxnMarkersRule,
  ...wholeRules,
] as const;

const byKey: ReadonlyMap<number, AnyRule> = new Map(
  rules.map((rule): [number, AnyRule] => [rule.api.key, rule as AnyRule]),
);

export function ruleOf(apiKey: number): AnyRule | undefined {
  return byKey.get(apiKey);
}
