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
import { listOffsetsRule } from "./list-offsets.ts";
import { metadataRule } from "./metadata.ts";
import { offsetForLeaderEpochRule } from "./offset-for-leader-epoch.ts";
import { produceRule } from "./produce.ts";
import { createPartitionsRule, createTopicsRule } from "./topic-creation.ts";
import { deleteRecordsRule, deleteTopicsRule } from "./topic-deletion.ts";
import { describeTopicPartitionsRule } from "./topic-partitions.ts";
import {
  addOffsetsToTxnRule,
  addPartitionsToTxnRule,
  endTxnRule,
  initProducerIdRule,
  txnOffsetCommitRule,
} from "./transactions.ts";

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
  ...wholeRules,
] as const;

const byKey: ReadonlyMap<number, AnyRule> = new Map(
  rules.map((rule): [number, AnyRule] => [rule.api.key, rule as AnyRule]),
);

export function ruleOf(apiKey: number): AnyRule | undefined {
  return byKey.get(apiKey);
}
