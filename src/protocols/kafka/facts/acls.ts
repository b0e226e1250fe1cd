// ACLs in words, and those that a change is about: the bindings that a deletion's filter matches now, those that a new one stands beside, those that
// name a topic that goes.
import type { Json, JsonObject } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { errorCode, errorName } from "../errors.ts";
import type { AclCreation } from "../messages/create-acls.ts";
import type { DeleteAclsFilter } from "../messages/delete-acls.ts";
import { type DescribeAclsRequest, describeAcls } from "../messages/describe-acls.ts";
import type { RuleContext } from "../rule.ts";
import { failing, readable } from "./common.ts";

const version = 2;

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

export type AclWord = keyof typeof words;

export function word(kind: AclWord, value: number): string {
  return words[kind][value] ?? String(value);
}

/** Those that a request may hold. */
export function wordsOf(kind: AclWord): readonly string[] {
  return words[kind].slice(1);
}

export function numberOf(kind: AclWord, text: string): number | null {
  const index = wordsOf(kind).indexOf(text);
  return index < 0 ? null : index + 1;
}

export function bindingOf(acl: AclCreation) {
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

export function filterOf(filter: Omit<DescribeAclsRequest, "unknownTaggedFields">): JsonObject {
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

type Filter = Omit<DescribeAclsRequest, "unknownTaggedFields">;

/** In a fixed order: brokers list them in none, and another order is no other set. */
async function bindings(filter: Filter, context: RuleContext) {
  const answer = await context.ask(describeAcls, version, describeAcls.request.create(filter));
  const matches = answer.resources.flatMap(({ resourceType, resourceName, patternType, acls }) =>
    acls.map((acl) => bindingOf({ ...acl, resourceType, resourceName, resourcePatternType: patternType })),
  );
  return {
    code: answer.errorCode,
    matches: matches.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  };
}

/** What a filter of DeleteAcls matches now: that is what is approved. */
export async function matchingFacts(filter: DeleteAclsFilter, context: RuleContext): Promise<ExchangeFacts> {
  const { unknownTaggedFields: _, ...fields } = filter;
  const { code, matches } = await bindings(fields, context);
  if (code !== 0) return failing(code);
  return { pinned: { matches }, shown: { count: matches.length, matches: readable(matches) }, wouldFail: null };
}

const securityDisabled = errorCode("SECURITY_DISABLED");
const anyOf = 1;
const matchPattern = 2;

/** The bindings of the same resource and pattern, among which the new one will stand. */
export async function bindingFacts(acl: AclCreation, context: RuleContext): Promise<ExchangeFacts> {
  const { code, matches } = await bindings(
    {
      resourceTypeFilter: acl.resourceType,
      resourceNameFilter: acl.resourceName,
      patternTypeFilter: acl.resourcePatternType,
      principalFilter: null,
      hostFilter: null,
      operation: anyOf,
      permissionType: anyOf,
    },
    context,
  );
  if (code !== 0) return failing(code);
  const wanted = JSON.stringify(bindingOf(acl));
  const there = matches.some((match) => JSON.stringify(match) === wanted);
  const shown = {
    alreadyThere: there,
    othersOfTheResource: readable(matches.filter((match) => JSON.stringify(match) !== wanted)),
  };
  return { pinned: { alreadyThere: there }, shown, wouldFail: null };
}

/** Who has which right on a topic, by name or prefix; a sentence where the broker has no authorizer. */
export async function aclsOf(type: "topic", name: string, context: RuleContext): Promise<Json> {
  const { code, matches } = await bindings(
    {
      resourceTypeFilter: words.resource.indexOf(type),
      resourceNameFilter: name,
      patternTypeFilter: matchPattern,
      principalFilter: null,
      hostFilter: null,
      operation: anyOf,
      permissionType: anyOf,
    },
    context,
  );
  if (code === securityDisabled) return "none: the cluster has no authorizer";
  if (code !== 0) return `not known (${errorName(code)})`;
  if (matches.length === 0) return "none";
  return readable(
    matches.map(
      ({ permission, principal, operation, pattern, resourceName }) =>
        `${permission} ${principal} ${operation} (${pattern} ${resourceName})`,
    ),
  );
}
