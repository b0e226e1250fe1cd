// DescribeAcls (29), CreateAcls (30), DeleteAcls (31). Results are positional: same order, same count as the request. A deletion is a
// filter; what it matches now is what is approved.
import type { JsonObject } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { errorCode, errorName } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import { type AclCreation, aclCreationResultStruct, createAcls } from "../messages/create-acls.ts";
import { type DeleteAclsFilter, deleteAcls, deleteAclsFilterResultStruct } from "../messages/delete-acls.ts";
import { type DescribeAclsRequest, describeAcls } from "../messages/describe-acls.ts";
import type { RuleContext } from "../rule.ts";
import { wholeRule } from "../whole-rule.ts";
import { cluster, operation } from "./describe.ts";

const denied = () => errorCode("CLUSTER_AUTHORIZATION_FAILED");

/** Kafka's enumerations by number (ResourceType, PatternType, AclOperation, AclPermissionType); a number without a word stays one. */
const words = {
  resource: ["unknown", "any", "topic", "group", "cluster", "transactional-id", "delegation-token", "user"],
  pattern: ["unknown", "any", "match", "literal", "prefixed"],
  operation: [
    "unknown",
    "any",
    "all",
    "read",
    "write",
    "create",
    "delete",
    "alter",
    "describe",
    "cluster-action",
    "describe-configs",
    "alter-configs",
    "idempotent-write",
    "create-tokens",
    "describe-tokens",
    "two-phase-commit",
  ],
  permission: ["unknown", "any", "deny", "allow"],
} as const;

export function word(kind: keyof typeof words, value: number): string {
  return words[kind][value] ?? String(value);
}

function bindingOf(acl: AclCreation): JsonObject {
  return {
    resourceType: word("resource", acl.resourceType),
    resourceName: acl.resourceName,
    pattern: word("pattern", acl.resourcePatternType),
    principal: acl.principal,
    host: acl.host,
    operation: word("operation", acl.operation),
    permission: word("permission", acl.permissionType),
  };
}

function filterOf(filter: Omit<DescribeAclsRequest, "unknownTaggedFields">): JsonObject {
  return {
    resourceType: word("resource", filter.resourceTypeFilter),
    resourceName: filter.resourceNameFilter,
    pattern: word("pattern", filter.patternTypeFilter),
    principal: filter.principalFilter,
    host: filter.hostFilter,
    operation: word("operation", filter.operation),
    permission: word("permission", filter.permissionType),
  };
}

export const describeAclsRule = wholeRule({
  api: describeAcls,
  versions: { min: 1, max: 3 },
  neverHeld: true,
  operations: (request) => [
    operation("acl.describe", "describe", cluster, { attributes: { filter: filterOf(request) } }),
  ],
  denied,
  refuse: ({ code, message }) => describeAcls.response.create({ errorCode: code, errorMessage: message }),
  error: (response) => response.errorCode,
});

export const createAclsRule = itemRule({
  api: createAcls,
  versions: { min: 1, max: 3 },
  items: (request) => request.creations,
  withItems: (request, creations) => ({ ...request, creations }),
  operation: (acl) =>
    operation("acl.create", "alter", cluster, { risk: "high", attributes: { binding: bindingOf(acl) } }),
  denied,
  results: (response) => response.results,
  withResults: (response, results) => ({ ...response, results }),
  refused: (_acl, { code, message }) => aclCreationResultStruct.create({ errorCode: code, errorMessage: message }),
  empty: () => createAcls.response.create(),
  error: (result) => result.errorCode,
});

export const deleteAclsRule = itemRule({
  api: deleteAcls,
  versions: { min: 1, max: 3 },
  items: (request) => request.filters,
  withItems: (request, filters) => ({ ...request, filters }),
  operation: (filter) =>
    operation("acl.delete", "alter", cluster, { risk: "high", attributes: { filter: filterOf(filter) } }),
  facts: (filter, _request, context) => matching(filter, context),
  denied,
  results: (response) => response.filterResults,
  withResults: (response, filterResults) => ({ ...response, filterResults }),
  refused: (_filter, { code, message }) =>
    deleteAclsFilterResultStruct.create({ errorCode: code, errorMessage: message }),
  empty: () => deleteAcls.response.create(),
  error: (result) => result.errorCode,
});

async function matching(filter: DeleteAclsFilter, context: RuleContext): Promise<ExchangeFacts> {
  const { unknownTaggedFields: _, ...fields } = filter;
  const answer = await context.ask(describeAcls, context.version, describeAcls.request.create(fields));
  if (answer.errorCode !== 0) return { pinned: {}, shown: {}, wouldFail: errorName(answer.errorCode) };
  const matches = answer.resources.flatMap(({ resourceType, resourceName, patternType, acls }) =>
    acls.map((acl) => bindingOf({ ...acl, resourceType, resourceName, resourcePatternType: patternType })),
  );
  // brokers list them in no order, and another order is no other set
  matches.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { pinned: { matches }, shown: { matches }, wouldFail: null };
}
