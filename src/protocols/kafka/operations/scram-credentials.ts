// DescribeUserScramCredentials (50) and AlterUserScramCredentials (51): the broker's own accounts. Kafka asks the cluster's rights; here each
// user is a resource. Salts and salted passwords are no attributes: they are secrets, and each run of the same command makes new ones.

import type { JsonObject } from "../../../base/json.ts";
import { after } from "../../../base/maybe.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { errorCode } from "../errors.ts";
import { failing } from "../facts/common.ts";
import { itemRule } from "../item-rule.ts";
import {
  type AlterUserScramCredentialsRequest,
  type AlterUserScramCredentialsResponse,
  alterUserScramCredentials,
  alterUserScramCredentialsResultStruct,
  type ScramCredentialDeletion,
  type ScramCredentialUpsertion,
} from "../messages/alter-user-scram-credentials.ts";
import {
  type DescribeUserScramCredentialsRequest,
  type DescribeUserScramCredentialsResponse,
  describeUserScramCredentials,
  describeUserScramCredentialsResultStruct,
} from "../messages/describe-user-scram-credentials.ts";
import type { RuleContext } from "../rule.ts";
import { emptyBytes } from "../schema.ts";
import { operation } from "./describe.ts";
import { withErrorAtTheTop } from "./error-at-the-top.ts";
import { visibleOfAll } from "./visible.ts";

const denied = () => errorCode("CLUSTER_AUTHORIZATION_FAILED");
/** ScramMechanism. */
const mechanisms = ["unknown", "SCRAM-SHA-256", "SCRAM-SHA-512"];
const mechanismOf = (code: number) => mechanisms[code] ?? String(code);
const notFound = errorCode("RESOURCE_NOT_FOUND");

const describeUser = (name: string) =>
  operation("user.describe-credentials", "describe", { type: "user", name }, { cacheable: true });

/** No users at all, or null, asks for every user: those are judged in the answer. */
export const describeUserScramCredentialsRule = withErrorAtTheTop(
  itemRule({
    api: describeUserScramCredentials,
    versions: { min: 0, max: 0 },
    items: (request: DescribeUserScramCredentialsRequest) => request.users ?? [],
    withItems: (request, users) => ({ ...request, users }),
    operation: ({ name }) => describeUser(name),
    denied,
    results: (response: DescribeUserScramCredentialsResponse) => response.results,
    withResults: (response, results) => ({ ...response, results }),
    refused: ({ name }, { code, message }) =>
      describeUserScramCredentialsResultStruct.create({ user: name, errorCode: code, errorMessage: message }),
    empty: () => describeUserScramCredentials.response.create(),
    keys: { item: ({ name }) => name, result: ({ user }) => [user] },
    error: (result) => result.errorCode,
    respond(response, request, context) {
      if (request.users && request.users.length > 0) return response;
      return after(
        visibleOfAll(response.results, ({ user }) => describeUser(user), context),
        (results) => (results === response.results ? response : { ...response, results: [...results] }),
      );
    },
  }),
);

/** All that happens to one user: the answer has one result for each. */
interface UserChanges {
  readonly user: string;
  readonly deletions: readonly ScramCredentialDeletion[];
  readonly upsertions: readonly ScramCredentialUpsertion[];
}

function usersOf({ deletions, upsertions }: AlterUserScramCredentialsRequest): UserChanges[] {
  const users = new Set([...deletions, ...upsertions].map(({ name }) => name));
  return [...users].map((user) => ({
    user,
    deletions: deletions.filter(({ name }) => name === user),
    upsertions: upsertions.filter(({ name }) => name === user),
  }));
}

function changesOf({ deletions, upsertions }: UserChanges): JsonObject[] {
  return [
    ...deletions.map(({ mechanism }) => ({ op: "delete", mechanism: mechanismOf(mechanism) })),
    ...upsertions.map(({ mechanism, iterations }) => ({
      op: "upsert",
      mechanism: mechanismOf(mechanism),
      iterations,
    })),
  ];
}

export const alterUserScramCredentialsRule = itemRule({
  api: alterUserScramCredentials,
  versions: { min: 0, max: 0 },
  items: (request: AlterUserScramCredentialsRequest) => usersOf(request),
  withItems: (request, users) => ({
    ...request,
    deletions: users.flatMap(({ deletions }) => deletions),
    upsertions: users.flatMap(({ upsertions }) => upsertions),
  }),
  operation: (changes) =>
    operation(
      "user.alter-credentials",
      "alter",
      { type: "user", name: changes.user },
      { risk: "high", attributes: { changes: changesOf(changes) } },
    ),
  facts: credentialFacts,
  denied,
  results: (response: AlterUserScramCredentialsResponse) => response.results,
  withResults: (response, results) => ({ ...response, results }),
  refused: ({ user }, { code, message }) =>
    alterUserScramCredentialsResultStruct.create({ user, errorCode: code, errorMessage: message }),
  empty: () => alterUserScramCredentials.response.create(),
  keys: { item: ({ user }) => user, result: ({ user }) => [user] },
  error: (result) => result.errorCode,
  withoutSecrets: {
    request: (request: AlterUserScramCredentialsRequest) => ({
      ...request,
      upsertions: request.upsertions.map((upsertion) => ({
        ...upsertion,
        salt: emptyBytes,
        saltedPassword: emptyBytes,
      })),
    }),
  },
});

/** Which credentials the user has now. */
async function credentialFacts(
  { user, deletions }: UserChanges,
  _request: AlterUserScramCredentialsRequest,
  context: RuleContext,
): Promise<ExchangeFacts> {
  const request = describeUserScramCredentials.request.create({ users: [{ name: user }] });
  const { results } = await context.ask(describeUserScramCredentials, 0, request);
  const code = results[0]?.errorCode ?? 0;
  if (code !== 0 && code !== notFound) return failing(code);
  const before = (results[0]?.credentialInfos ?? []).map(({ mechanism, iterations }) => ({
    mechanism: mechanismOf(mechanism),
    iterations,
  }));
  const has = new Set((results[0]?.credentialInfos ?? []).map(({ mechanism }) => mechanism));
  if (deletions.some(({ mechanism }) => !has.has(mechanism))) return failing("RESOURCE_NOT_FOUND");
  return { pinned: { before }, shown: { before }, wouldFail: null };
}
