// DescribeConfigs (32), AlterConfigs (33), IncrementalAlterConfigs (44): three doors to the same configs, so both ways to alter are the
// same operation with old and new values where they are known. Addresses of brokers and controllers never leave.
import type { JsonObject } from "../../../base/json.ts";
import type { Operation } from "../../../model/operation.ts";
import { errorCode } from "../errors.ts";
import { alterFacts, type ConfigChange } from "../facts/configs.ts";
import { itemRule } from "../item-rule.ts";
import {
  type AlterConfigsRequest,
  type AlterConfigsResource,
  type AlterConfigsResourceResponse,
  type AlterConfigsResponse,
  alterConfigs,
  alterConfigsResourceResponseStruct,
} from "../messages/alter-configs.ts";
import {
  type DescribeConfigsRequest,
  type DescribeConfigsResource,
  type DescribeConfigsResourceResult,
  type DescribeConfigsResponse,
  type DescribeConfigsResult,
  describeConfigs,
  describeConfigsResultStruct,
} from "../messages/describe-configs.ts";
import {
  type IncrementalAlterConfigsRequest,
  type AlterConfigsResource as IncrementalAlterConfigsResource,
  type IncrementalAlterConfigsResponse,
  type AlterConfigsResourceResponse as IncrementalAlterConfigsResult,
  incrementalAlterConfigs,
  alterConfigsResourceResponseStruct as incrementalResponseStruct,
} from "../messages/incremental-alter-configs.ts";
import { type ConfigResource, configKinds, configResourceOf, describeConfig, loggerType } from "./config-resources.ts";
import { operation } from "./describe.ts";
import { shown, withShownConfigs } from "./sensitive-configs.ts";

/** AlterConfigOp.OpType. */
const opTypes = ["set", "delete", "append", "subtract"];

function incremental({ configs }: IncrementalAlterConfigsResource): ConfigChange[] {
  return configs.map(({ name, configOperation, value }) => ({
    op: opTypes[configOperation] ?? `op ${configOperation}`,
    name,
    value,
  }));
}

/** AlterConfigs sets all that a resource shall have; what it does not name goes. */
function replacing({ configs }: AlterConfigsResource): ConfigChange[] {
  return configs.map(({ name, value }) => ({ op: "replace", name, value }));
}

const denied = (item: ConfigResource) => configKinds.get(item.resourceType)?.denied ?? errorCode("INVALID_REQUEST");
const keyOf = ({ resourceType, resourceName }: ConfigResource) => `${resourceType}\n${resourceName}`;
const keys = { item: keyOf, result: (result: ConfigResource) => [keyOf(result)] };
const abuse = ({ resources }: { resources: readonly ConfigResource[] }) => {
  const strange = resources.find((item) => !configKinds.has(item.resourceType));
  return strange ? `a config resource of type ${strange.resourceType}` : null;
};

function altering(item: ConfigResource, changes: JsonObject[], replaces: boolean, dryRun: boolean): Operation {
  const resource = configResourceOf(item);
  const act = item.resourceType === loggerType ? "alter-logger" : "alter-config";
  return operation(`${resource.type}.${act}`, "alter", resource, {
    risk: "high",
    dryRun,
    attributes: { changes, replaces },
  });
}

export const describeConfigsRule = itemRule<
  DescribeConfigsRequest,
  DescribeConfigsResponse,
  DescribeConfigsResource,
  DescribeConfigsResult
>({
  api: describeConfigs,
  versions: { min: 1, max: 4 },
  neverHeld: true,
  abuse,
  items: (request) => request.resources,
  withItems: (request, resources) => ({ ...request, resources }),
  operation: (item) => describeConfig(item),
  denied,
  results: (response) => response.results,
  withResults: (response, results) => ({ ...response, results }),
  refused: ({ resourceType, resourceName }, { code, message }) =>
    describeConfigsResultStruct.create({ errorCode: code, errorMessage: message, resourceType, resourceName }),
  empty: () => describeConfigs.response.create(),
  keys,
  error: (result) => result.errorCode,
  respond: withoutAddresses,
  // the broker leaves out what it knows to be sensitive; what only its name tells is left out here
  withoutSecrets: { response: (response) => ({ ...response, results: response.results.map(withShownValues) }) },
});

function withShownValues(result: DescribeConfigsResult): DescribeConfigsResult {
  const configs = result.configs.map((config) => ({
    ...config,
    value: shown(config.name, config.value),
    synonyms: config.synonyms.map((synonym) => ({ ...synonym, value: shown(synonym.name, synonym.value) })),
  }));
  return { ...result, configs };
}

/** `advertised.listeners`, `controller.quorum.voters` and the like, and older brokers' `host.name`, name hosts that clients must not learn. */
const addressConfigs = /(^|\.)(listeners|voters|bootstrap\.servers|host\.name|port|zookeeper\.connect)$/;

const leaks = ({ name }: DescribeConfigsResourceResult) => addressConfigs.test(name);
const blank = (config: DescribeConfigsResourceResult) =>
  leaks(config) ? { ...config, value: null, isSensitive: true, synonyms: [] } : config;

function withoutAddresses(response: DescribeConfigsResponse): DescribeConfigsResponse {
  if (!response.results.some(({ configs }) => configs.some(leaks))) return response;
  return {
    ...response,
    results: response.results.map((result) => ({ ...result, configs: result.configs.map(blank) })),
  };
}

export const alterConfigsRule = itemRule<
  AlterConfigsRequest,
  AlterConfigsResponse,
  AlterConfigsResource,
  AlterConfigsResourceResponse
>({
  api: alterConfigs,
  versions: { min: 0, max: 2 },
  abuse,
  items: (request) => request.resources,
  withItems: (request, resources) => ({ ...request, resources }),
  operation: (item, { validateOnly }) =>
    altering(
      item,
      replacing(item).map(({ op, name, value }) => ({
        op: op === "replace" ? "set" : op,
        name,
        value: shown(name, value),
      })),
      true,
      validateOnly,
    ),
  facts: (item, request, context) =>
    alterFacts({ ...item, changes: replacing(item) }, context, async () => {
      const trial = { ...request, resources: [item], validateOnly: true };
      return (await context.ask(alterConfigs, context.version, trial)).responses[0]?.errorCode ?? 0;
    }),
  denied,
  results: (response) => response.responses,
  withResults: (response, responses) => ({ ...response, responses }),
  refused: ({ resourceType, resourceName }, { code, message }) =>
    alterConfigsResourceResponseStruct.create({ errorCode: code, errorMessage: message, resourceType, resourceName }),
  empty: () => alterConfigs.response.create(),
  keys,
  error: (result) => result.errorCode,
  withoutSecrets: { request: (request) => ({ ...request, resources: request.resources.map(withShownConfigs) }) },
});

export const incrementalAlterConfigsRule = itemRule<
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
  IncrementalAlterConfigsResource,
  IncrementalAlterConfigsResult
>({
  api: incrementalAlterConfigs,
  versions: { min: 0, max: 1 },
  abuse,
  items: (request) => request.resources,
  withItems: (request, resources) => ({ ...request, resources }),
  operation: (item, { validateOnly }) =>
    altering(
      item,
      incremental(item).map(({ op, name, value }) => ({ op, name, value: shown(name, value) })),
      false,
      validateOnly,
    ),
  facts: (item, request, context) =>
    alterFacts({ ...item, changes: incremental(item) }, context, async () => {
      const trial = { ...request, resources: [item], validateOnly: true };
      return (await context.ask(incrementalAlterConfigs, context.version, trial)).responses[0]?.errorCode ?? 0;
    }),
  denied,
  results: (response) => response.responses,
  withResults: (response, responses) => ({ ...response, responses }),
  refused: ({ resourceType, resourceName }, { code, message }) =>
    incrementalResponseStruct.create({ errorCode: code, errorMessage: message, resourceType, resourceName }),
  empty: () => incrementalAlterConfigs.response.create(),
  keys,
  error: (result) => result.errorCode,
  withoutSecrets: { request: (request) => ({ ...request, resources: request.resources.map(withShownConfigs) }) },
});
