// Facts about settings: configs of topics and brokers, and the cluster's features.
import { alterConfigs } from "../../../src/protocols/kafka/messages/alter-configs.ts";
import { apiVersions } from "../../../src/protocols/kafka/messages/api-versions.ts";
import { incrementalAlterConfigs } from "../../../src/protocols/kafka/messages/incremental-alter-configs.ts";
import { updateFeatures } from "../../../src/protocols/kafka/messages/update-features.ts";
import { answering } from "../../support/fake-broker.ts";
import { configs, trial } from "./broker.ts";
import { type FactScenario, scenario } from "./scenario.ts";

const tryIncremental = (errorCode = 0) => trial(incrementalAlterConfigs, () => ({ responses: [{ errorCode }] }));

const tryReplacing = trial(alterConfigs, () => ({ responses: [{ errorCode: 0 }] }));

const setting = (name: string, value: string | null, configOperation = 0, resourceType = 2) => ({
  resources: [
    { resourceType, resourceName: resourceType === 2 ? "orders" : "1", configs: [{ name, configOperation, value }] },
  ],
});

export const configsFacts: readonly FactScenario[] = [
  scenario(
    "AlterConfigs: also what it does not name goes",
    alterConfigs,
    2,
    {
      resources: [{ resourceType: 2, resourceName: "orders", configs: [{ name: "retention.ms", value: "1" }] }],
    },
    {
      broker: [
        configs(
          { name: "retention.ms", value: "604800000", configSource: 5 },
          { name: "cleanup.policy", value: "compact", configSource: 1 },
          { name: "segment.bytes", value: "1073741824", configSource: 5 },
        ),
        tryReplacing,
      ],
      pinned: { before: { "retention.ms": "604800000", "cleanup.policy": "compact" } },
      shown: {
        changes: {
          "retention.ms": { old: "604800000", new: "1" },
          "cleanup.policy": { old: "compact", new: "(default)" },
        },
      },
    },
  ),
  scenario(
    "IncrementalAlterConfigs: a list gets longer",
    incrementalAlterConfigs,
    1,
    setting("cleanup.policy", "compact", 2),
    {
      broker: [configs({ name: "cleanup.policy", value: "delete", configSource: 5 }), tryIncremental()],
      pinned: { before: { "cleanup.policy": "delete" } },
      shown: { changes: { "cleanup.policy": { old: "delete", new: "delete,compact" } } },
    },
  ),
  scenario(
    "IncrementalAlterConfigs: a secret is sealed and shown to nobody",
    incrementalAlterConfigs,
    1,
    setting("ssl.keystore.password", "hunter2", 0, 4),
    {
      broker: [
        configs({ name: "ssl.keystore.password", value: null, configSource: 2, isSensitive: true }),
        tryIncremental(),
      ],
      pinned: { before: { "ssl.keystore.password": "[sensitive]" } },
      shown: { changes: { "ssl.keystore.password": { old: "[sensitive]", new: "[sensitive]" } } },
      secret: true,
    },
  ),
  scenario(
    "IncrementalAlterConfigs: a value that the broker refuses",
    incrementalAlterConfigs,
    1,
    setting("retention.ms", "soon"),
    {
      broker: [configs(), tryIncremental(40)],
      wouldFail: "INVALID_CONFIG",
    },
  ),
  scenario(
    "UpdateFeatures: the level that it has",
    updateFeatures,
    2,
    { featureUpdates: [{ feature: "metadata.version", maxVersionLevel: 30, upgradeType: 1 }] },
    {
      broker: [
        trial(updateFeatures, () => ({})),
        answering(apiVersions, () => ({
          finalizedFeaturesEpoch: 1n,
          finalizedFeatures: [{ name: "metadata.version", maxVersionLevel: 29, minVersionLevel: 29 }],
        })),
      ],
      pinned: { before: 29 },
      shown: { level: { old: 29, new: 30 } },
    },
  ),
];
