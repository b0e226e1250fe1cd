// What has configs, and in which words of ours: DescribeConfigs, the two ways to alter, and ListConfigResources share it.
// Source: ConfigResource.Type of kafka-clients 4.4.
import type { Operation, Resource, ResourceType } from "../../../model/operation.ts";
import { errorCode } from "../errors.ts";
import { operation } from "./describe.ts";

export interface ConfigResource {
  readonly resourceType: number;
  readonly resourceName: string;
}

export const loggerType = 8;

/** By ConfigResource.Type, each with the API's authorization error; what is not here is refused. */
export const configKinds: ReadonlyMap<number, { readonly type: ResourceType; readonly denied: number }> = new Map([
  [2, { type: "topic", denied: errorCode("TOPIC_AUTHORIZATION_FAILED") }],
  [4, { type: "broker", denied: errorCode("CLUSTER_AUTHORIZATION_FAILED") }],
  [loggerType, { type: "broker", denied: errorCode("CLUSTER_AUTHORIZATION_FAILED") }],
  [16, { type: "client-metrics", denied: errorCode("CLUSTER_AUTHORIZATION_FAILED") }],
  [32, { type: "group", denied: errorCode("GROUP_AUTHORIZATION_FAILED") }],
]);

export function configResourceOf({ resourceType, resourceName }: ConfigResource): Resource {
  return { type: configKinds.get(resourceType)?.type ?? "cluster", name: resourceName };
}

export function describeConfig(item: ConfigResource): Operation {
  const resource = configResourceOf(item);
  return operation(`${resource.type}.describe-config`, "describe", resource, { cacheable: true });
}

/** ConfigSource of DescribeConfigs: where the values that are set for the resource itself come from, by its type. */
const ownSources: ReadonlyMap<number, number> = new Map([
  [2, 1],
  [4, 2],
  [loggerType, 6],
  [16, 7],
  [32, 8],
]);
const brokerType = 4;
const everyBrokersSource = 3;

/** The sources of values that AlterConfigs replaces; a broker without a name stands for all of them. */
export function setSources({ resourceType, resourceName }: ConfigResource): ReadonlySet<number> {
  if (resourceType === brokerType && resourceName === "") return new Set([everyBrokersSource]);
  const source = ownSources.get(resourceType);
  return new Set(source === undefined ? [] : [source]);
}
