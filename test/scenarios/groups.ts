// JoinGroup (11), Heartbeat (12), LeaveGroup (13), SyncGroup (14), DescribeGroups (15), ListGroups (16), DeleteGroups (42),
// ConsumerGroupHeartbeat (68), ConsumerGroupDescribe (69).
import { consumerGroupDescribe } from "../../src/protocols/kafka/messages/consumer-group-describe.ts";
import { consumerGroupHeartbeat } from "../../src/protocols/kafka/messages/consumer-group-heartbeat.ts";
import { deleteGroups } from "../../src/protocols/kafka/messages/delete-groups.ts";
import { describeGroups } from "../../src/protocols/kafka/messages/describe-groups.ts";
import { heartbeat } from "../../src/protocols/kafka/messages/heartbeat.ts";
import { joinGroup } from "../../src/protocols/kafka/messages/join-group.ts";
import { leaveGroup } from "../../src/protocols/kafka/messages/leave-group.ts";
import { listGroups } from "../../src/protocols/kafka/messages/list-groups.ts";
import { syncGroup } from "../../src/protocols/kafka/messages/sync-group.ts";
import type { ApiMessages, Init } from "../../src/protocols/kafka/schema.ts";
import { type Case, type Given, scenarios } from "../support/scenario.ts";

const refuseAll: Given = { refuse: [{}] };
const operations = ["group.read g"];

/** Membership: one operation, one error for everything. */
function membership<Req extends { groupId: string }, Res>(
  api: ApiMessages<Req, Res>,
  request: Init<Req>,
  refused: Init<Res>,
): Case[] {
  return scenarios(api, [
    { name: "allowed", when: { request }, then: { operations, broker: "unchanged", client: "unchanged" } },
    {
      name: "refused",
      given: refuseAll,
      when: { request },
      then: { broker: "nothing", client: refused, outcomes: ["group.read g GROUP_AUTHORIZATION_FAILED"] },
    },
  ]);
}

const members = [
  ...membership(heartbeat, { groupId: "g", memberId: "m" }, { errorCode: 30 }),
  ...membership(syncGroup, { groupId: "g", memberId: "m" }, { errorCode: 30 }),
  ...membership(leaveGroup, { groupId: "g" }, { errorCode: 30 }),
  ...scenarios(joinGroup, [
    {
      name: "allowed",
      when: { request: { groupId: "g" }, answer: { protocolName: "range" } },
      then: { operations, broker: "unchanged", client: "unchanged" },
    },
    {
      name: "refused, when a protocol could not be null",
      versions: [0, 6],
      given: refuseAll,
      when: { request: { groupId: "g", memberId: "m" } },
      then: { broker: "nothing", client: { errorCode: 30, memberId: "m", protocolName: "" } },
    },
    {
      name: "refused",
      versions: [7, 9],
      given: refuseAll,
      when: { request: { groupId: "g", memberId: "m" } },
      then: { broker: "nothing", client: { errorCode: 30, memberId: "m", protocolName: null } },
    },
  ]),
  ...scenarios(consumerGroupHeartbeat, [
    {
      name: "allowed",
      versions: [0],
      when: { request: { groupId: "g", subscribedTopicNames: ["orders"] } },
      then: { operations: ["group.read g", "topic.describe orders"], broker: "unchanged", client: "unchanged" },
    },
    {
      name: "one topic that may not be seen refuses the subscription",
      versions: [0],
      given: { refuse: [{ resource: "secret" }] },
      when: { request: { groupId: "g", subscribedTopicNames: ["orders", "secret"] } },
      then: { broker: "nothing", client: { errorCode: 29, errorMessage: "no" } },
    },
    {
      name: "a refused group",
      versions: [0],
      given: { refuse: [{ operation: "group.read" }] },
      when: { request: { groupId: "g", subscribedTopicNames: ["orders"] } },
      then: { broker: "nothing", client: { errorCode: 30, errorMessage: "no" } },
    },
  ]),
];

const described = [
  ...scenarios(describeGroups, [
    {
      name: "in part, before there was a field for a sentence",
      versions: [0, 5],
      given: { refuse: [{ resource: "other" }] },
      when: { request: { groups: ["other", "g"] }, answer: { groups: [{ groupId: "g", groupState: "Stable" }] } },
      then: {
        operations: ["group.describe other", "group.describe g"],
        broker: { groups: ["g"] },
        client: {
          groups: [
            { groupId: "other", errorCode: 30 },
            { groupId: "g", groupState: "Stable" },
          ],
        },
      },
    },
    {
      name: "in part",
      versions: [6],
      given: { refuse: [{ resource: "other" }] },
      when: { request: { groups: ["other", "g"] }, answer: { groups: [{ groupId: "g", groupState: "Stable" }] } },
      then: {
        broker: { groups: ["g"] },
        client: {
          groups: [
            { groupId: "other", errorCode: 30, errorMessage: "no" },
            { groupId: "g", groupState: "Stable" },
          ],
        },
      },
    },
    {
      name: "the bits of the gateway's own rights do not pass",
      versions: [3, 6],
      when: { request: { groups: ["g"] }, answer: { groups: [{ groupId: "g", authorizedOperations: 0x7fff }] } },
      then: { broker: "unchanged", client: { groups: [{ groupId: "g" }] } },
    },
  ]),
  ...scenarios(consumerGroupDescribe, [
    {
      name: "in part",
      given: { refuse: [{ resource: "other" }] },
      when: { request: { groupIds: ["other", "g"] }, answer: { groups: [{ groupId: "g" }] } },
      then: {
        broker: { groupIds: ["g"] },
        client: { groups: [{ groupId: "other", errorCode: 30, errorMessage: "no" }, { groupId: "g" }] },
      },
    },
  ]),
  ...scenarios(listGroups, [
    {
      name: "hidden groups are left out",
      given: { hidden: ["other"] },
      when: { request: {}, answer: { groups: [{ groupId: "other" }, { groupId: "g" }] } },
      then: { operations: [], broker: "unchanged", client: { groups: [{ groupId: "g" }] } },
    },
  ]),
  ...scenarios(deleteGroups, [
    {
      name: "in part: waits for an approval",
      given: { refuse: [{ resource: "other", cause: "approval-pending", message: "apr_1" }] },
      when: { request: { groupsNames: ["g", "other"] }, answer: { results: [{ groupId: "g", errorCode: 68 }] } },
      then: {
        operations: ["group.delete g", "group.delete other"],
        broker: { groupsNames: ["g"] },
        client: {
          results: [
            { groupId: "g", errorCode: 68 },
            { groupId: "other", errorCode: 44, errorMessage: "apr_1" },
          ],
        },
        outcomes: ["group.delete g NON_EMPTY_GROUP", "group.delete other POLICY_VIOLATION"],
      },
    },
  ]),
];

export const groups: Case[] = [...members, ...described];
