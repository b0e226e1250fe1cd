// ListConfigResources (74; ListClientMetricsResources before): the names of what has configs. Kafka asks CLUSTER:DESCRIBE_CONFIGS and shows all;
// here each is shown to those who may describe its configs.
import { after } from "../../../base/maybe.ts";
import { errorName } from "../errors.ts";
import {
  type ConfigResource,
  type ListConfigResourcesRequest,
  type ListConfigResourcesResponse,
  listConfigResources,
} from "../messages/list-config-resources.ts";
import type { Rule } from "../rule.ts";
import { configKinds, describeConfig } from "./config-resources.ts";
import { visibleOfAll } from "./visible.ts";

const known = ({ resourceType }: ConfigResource) => configKinds.has(resourceType);

export const listConfigResourcesRule: Rule<ListConfigResourcesRequest, ListConfigResourcesResponse> = {
  api: listConfigResources,
  versions: { min: 0, max: 1 },
  neverHeld: true,
  describe: () => [],
  restrict: (request) => request,
  refuse: () => null,
  respond(response, _request, context) {
    const { configResources: listed } = response;
    const ours = listed.every(known) ? listed : listed.filter(known);
    return after(visibleOfAll(ours, describeConfig, context), (shown) =>
      shown === listed ? response : { ...response, configResources: [...shown] },
    );
  },
  outcomes: (response) => [{ operation: 0, error: errorName(response.errorCode) }],
};
