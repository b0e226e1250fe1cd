// DescribeAcls (29), CreateAcls (30), DeleteAcls (31): results have no names, only places.

import type { Operation } from "../../src/model/operation.ts";
import { createAcls } from "../../src/protocols/kafka/messages/create-acls.ts";
import { deleteAcls } from "../../src/protocols/kafka/messages/delete-acls.ts";
import { describeAcls } from "../../src/protocols/kafka/messages/describe-acls.ts";
import { type Case, scenarios } from "../support/scenario.ts";

const binding = (resourceName: string) => ({
  resourceType: 2,
  resourceName,
  resourcePatternType: 3,
  principal: "User:bob",
  host: "*",
  operation: 3,
  permissionType: 3,
});
const filter = (resourceNameFilter: string) => ({
  resourceTypeFilter: 2,
  resourceNameFilter,
  patternTypeFilter: 3,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
});
const none = { errorMessage: null };
/** All ACLs are on the cluster: the scenarios tell them apart by what they say. */
const about =
  (name: string) =>
  ({ attributes }: Operation) =>
    JSON.stringify(attributes).includes(name);

export const access: Case[] = [
  ...scenarios(describeAcls, [
    {
      name: "allowed",
      when: { request: filter("orders"), answer: none },
      then: { operations: ["acl.describe kafka-cluster"], broker: "unchanged", client: "unchanged" },
    },
    {
      name: "refused",
      given: { refuse: [{}] },
      when: { request: filter("orders") },
      then: { broker: "nothing", client: { errorCode: 31, errorMessage: "no" } },
    },
  ]),
  ...scenarios(createAcls, [
    {
      name: "the refused one keeps its place",
      given: { refuse: [{ when: about("secret") }] },
      when: {
        request: { creations: [binding("a"), binding("secret"), binding("b")] },
        answer: { results: [{ errorCode: 42, errorMessage: "first" }, none] },
      },
      then: {
        broker: { creations: [binding("a"), binding("b")] },
        client: { results: [{ errorCode: 42, errorMessage: "first" }, { errorCode: 31, errorMessage: "no" }, none] },
        outcomes: [
          "acl.create kafka-cluster INVALID_REQUEST",
          "acl.create kafka-cluster CLUSTER_AUTHORIZATION_FAILED",
          "acl.create kafka-cluster NONE",
        ],
      },
    },
    {
      name: "waits for an approval",
      given: { refuse: [{ cause: "approval-pending", message: "apr_1" }] },
      when: { request: { creations: [binding("a")] } },
      then: { broker: "nothing", client: { results: [{ errorCode: 44, errorMessage: "apr_1" }] } },
    },
  ]),
  ...scenarios(deleteAcls, [
    {
      name: "the refused one keeps its place",
      given: { refuse: [{ when: about("secret") }] },
      when: { request: { filters: [filter("secret"), filter("a")] }, answer: { filterResults: [none] } },
      then: {
        operations: ["acl.delete kafka-cluster", "acl.delete kafka-cluster"],
        broker: { filters: [filter("a")] },
        client: { filterResults: [{ errorCode: 31, errorMessage: "no" }, none] },
      },
    },
  ]),
];
