// AlterClientQuotas (49): CLUSTER:ALTER_CONFIGS; one operation for each entity (a user, a client id, an address, or two of them together), whose
// name reads as `user=alice,client-id=etl`; a default has no name and reads as `user=`.
import type { Json } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { errorCode, errorName } from "../errors.ts";
import { itemRule } from "../item-rule.ts";
import {
  type AlterClientQuotasRequest,
  type AlterClientQuotasRequestEntryData,
  type AlterClientQuotasResponse,
  type AlterClientQuotasResponseEntryData,
  alterClientQuotas,
  alterClientQuotasResponseEntryDataStruct,
} from "../messages/alter-client-quotas.ts";
import { describeClientQuotas } from "../messages/describe-client-quotas.ts";
import type { RuleContext } from "../rule.ts";
import { operation } from "./describe.ts";

type Entry = AlterClientQuotasRequestEntryData;
type Entity = readonly { readonly entityType: string; readonly entityName: string | null }[];

/** Kafka names the parts of an entity in no order. */
const sorted = (entity: Entity) => entity.toSorted((a, b) => (a.entityType < b.entityType ? 1 : -1));
const nameOf = (entity: Entity) =>
  sorted(entity)
    .map(({ entityType, entityName }) => `${entityType}=${entityName ?? ""}`)
    .join(",");
/** A name may hold `=` and `,`: what joins must not be what is read. */
const keyOf = ({ entity }: { readonly entity: Entity }) =>
  JSON.stringify(sorted(entity).map(({ entityType, entityName }) => [entityType, entityName]));

export const alterClientQuotasRule = itemRule<
  AlterClientQuotasRequest,
  AlterClientQuotasResponse,
  Entry,
  AlterClientQuotasResponseEntryData
>({
  api: alterClientQuotas,
  versions: { min: 0, max: 1 },
  items: (request) => request.entries,
  withItems: (request, entries) => ({ ...request, entries }),
  operation: ({ entity, ops }, { validateOnly }) =>
    operation(
      "client-quota.alter",
      "alter",
      { type: "client-quota", name: nameOf(entity) },
      {
        risk: "high",
        dryRun: validateOnly,
        attributes: {
          entity: sorted(entity).map(({ entityType, entityName }) => ({ type: entityType, name: entityName })),
          /** `value: null` removes a quota. */
          changes: ops.map(({ key, value, remove }) => ({ key, value: remove ? null : finite(value) })),
        },
      },
    ),
  facts: quotaFacts,
  denied: () => errorCode("CLUSTER_AUTHORIZATION_FAILED"),
  results: (response) => response.entries,
  withResults: (response, entries) => ({ ...response, entries }),
  refused: ({ entity }, { code, message }) =>
    alterClientQuotasResponseEntryDataStruct.create({ errorCode: code, errorMessage: message, entity }),
  empty: () => alterClientQuotas.response.create(),
  keys: { item: keyOf, result: (entry) => [keyOf(entry)] },
  error: (entry) => entry.errorCode,
});

/** JSON has no infinity. */
function finite(value: number): Json {
  return Number.isFinite(value) ? value : String(value);
}

/** MatchType of DescribeClientQuotas: a name exactly, or the default. */
const exact = 0;
const byDefault = 1;

/** The entity's present quotas, and whether the broker would accept the new ones. */
async function quotaFacts(
  entry: Entry,
  request: AlterClientQuotasRequest,
  context: RuleContext,
): Promise<ExchangeFacts> {
  const question = describeClientQuotas.request.create({
    strict: true,
    components: entry.entity.map(({ entityType, entityName }) => ({
      entityType,
      matchType: entityName === null ? byDefault : exact,
      match: entityName,
    })),
  });
  const answer = await context.ask(describeClientQuotas, 0, question);
  if (answer.errorCode !== 0) return { pinned: {}, shown: {}, wouldFail: errorName(answer.errorCode) };
  const found = answer.entries?.find(({ entity }) => keyOf({ entity }) === keyOf(entry))?.values ?? [];
  const before = Object.fromEntries(found.map(({ key, value }) => [key, finite(value)]));
  const trial = { ...request, entries: [entry], validateOnly: true };
  const code = (await context.ask(alterClientQuotas, context.version, trial)).entries[0]?.errorCode ?? 0;
  return { pinned: { before }, shown: { before }, wouldFail: code === 0 ? null : errorName(code) };
}
