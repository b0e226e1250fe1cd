// Facts about who may do what: ACLs, quotas and SCRAM credentials.
import { alterClientQuotas } from "../../../src/protocols/kafka/messages/alter-client-quotas.ts";
import { alterUserScramCredentials } from "../../../src/protocols/kafka/messages/alter-user-scram-credentials.ts";
import { createAcls } from "../../../src/protocols/kafka/messages/create-acls.ts";
import { deleteAcls } from "../../../src/protocols/kafka/messages/delete-acls.ts";
import { describeClientQuotas } from "../../../src/protocols/kafka/messages/describe-client-quotas.ts";
import { describeUserScramCredentials } from "../../../src/protocols/kafka/messages/describe-user-scram-credentials.ts";
import { answering } from "../../support/fake-broker.ts";
import { acls, noAuthorizer, trial } from "./broker.ts";
import { type FactScenario, scenario } from "./scenario.ts";

const aclFilter = {
  operation: 1,
  permissionType: 1,
  resourceNameFilter: null,
  principalFilter: null,
  hostFilter: null,
};
const binding = (principal: string) => ({
  resourceType: "topic",
  resourceName: "orders",
  pattern: "literal",
  principal,
  host: "*",
  operation: "read",
  permission: "allow",
});

const quotaEntity = [{ entityType: "user", entityName: "alice" }];

export const accessFacts: readonly FactScenario[] = [
  scenario(
    "CreateAcls: what stands beside it",
    createAcls,
    3,
    {
      creations: [
        {
          resourceType: 2,
          resourceName: "orders",
          resourcePatternType: 3,
          principal: "User:b",
          host: "*",
          operation: 3,
          permissionType: 3,
        },
      ],
    },
    {
      broker: [acls("User:a", "User:b")],
      pinned: { alreadyThere: true },
      shown: { alreadyThere: true, othersOfTheResource: [binding("User:a")] },
    },
  ),
  scenario(
    "CreateAcls: a broker without authorizer",
    createAcls,
    3,
    {
      creations: [
        { resourceType: 2, resourceName: "orders", principal: "User:b", host: "*", operation: 3, permissionType: 3 },
      ],
    },
    { broker: [noAuthorizer], wouldFail: "SECURITY_DISABLED" },
  ),
  scenario(
    "DeleteAcls: what the filter matches now",
    deleteAcls,
    3,
    { filters: [{ resourceTypeFilter: 2, ...aclFilter }] },
    {
      broker: [acls("User:b", "User:a")],
      pinned: { matches: [binding("User:a"), binding("User:b")] },
      shown: { count: 2 },
    },
  ),
  scenario(
    "AlterClientQuotas: the quotas that there are",
    alterClientQuotas,
    1,
    {
      entries: [{ entity: quotaEntity, ops: [{ key: "producer_byte_rate", value: 1 }] }],
    },
    {
      broker: [
        answering(describeClientQuotas, () => ({
          entries: [{ entity: quotaEntity, values: [{ key: "producer_byte_rate", value: 5 }] }],
        })),
        trial(alterClientQuotas, () => ({ entries: [{ entity: quotaEntity, errorCode: 0 }] })),
      ],
      pinned: { before: { producer_byte_rate: 5 } },
    },
  ),
  scenario(
    "AlterUserScramCredentials: which the user has",
    alterUserScramCredentials,
    0,
    { deletions: [{ name: "alice", mechanism: 1 }] },
    {
      broker: [
        answering(describeUserScramCredentials, () => ({
          results: [{ user: "alice", credentialInfos: [{ mechanism: 1, iterations: 4096 }] }],
        })),
      ],
      pinned: { before: [{ mechanism: "SCRAM-SHA-256", iterations: 4096 }] },
    },
  ),
  scenario(
    "AlterUserScramCredentials: one to delete that is not there",
    alterUserScramCredentials,
    0,
    { deletions: [{ name: "alice", mechanism: 2 }] },
    {
      broker: [
        answering(describeUserScramCredentials, () => ({
          results: [{ user: "alice", credentialInfos: [{ mechanism: 1, iterations: 4096 }] }],
        })),
      ],
      wouldFail: "RESOURCE_NOT_FOUND",
    },
  ),
];
