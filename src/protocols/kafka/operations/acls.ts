// DescribeAcls (29), CreateAcls (30), DeleteAcls (31). Results are positional: same order, same count as the request. A deletion is a
// filter; what it matches now is what is approved.
import { errorCode } from "../errors.ts";
import { bindingFacts, bindingOf, filterOf, matchingFacts } from "../facts/acls.ts";
import { itemRule } from "../item-rule.ts";
import { aclCreationResultStruct, createAcls } from "../messages/create-acls.ts";
import { deleteAcls, deleteAclsFilterResultStruct } from "../messages/delete-acls.ts";
import { describeAcls } from "../messages/describe-acls.ts";
import { wholeRule } from "../whole-rule.ts";
import { cluster, operation } from "./describe.ts";

const denied = () => errorCode("CLUSTER_AUTHORIZATION_FAILED");

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
  facts: (acl, _request, context) => bindingFacts(acl, context),
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
  facts: (filter, _request, context) => matchingFacts(filter, context),
  denied,
  results: (response) => response.filterResults,
  withResults: (response, filterResults) => ({ ...response, filterResults }),
  refused: (_filter, { code, message }) =>
    deleteAclsFilterResultStruct.create({ errorCode: code, errorMessage: message }),
  empty: () => deleteAcls.response.create(),
  error: (result) => result.errorCode,
});
