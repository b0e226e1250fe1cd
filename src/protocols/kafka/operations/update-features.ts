// UpdateFeatures (57): CLUSTER:ALTER; what the cluster's metadata may hold, for good where it goes up. One operation for each feature; the
// controller does all or nothing, so one refused refuses all, with the error and the sentence at the top.
import type { ExchangeFacts } from "../../protocol.ts";
import { errorCode, errorName } from "../errors.ts";
import {
  type FeatureUpdateKey,
  type UpdateFeaturesRequest,
  type UpdateFeaturesResponse,
  updateFeatures,
} from "../messages/update-features.ts";
import type { Rule, RuleContext } from "../rule.ts";
import { wholeRule } from "../whole-rule.ts";
import { cluster, operation } from "./describe.ts";

/** UpgradeType; version 0 only knows whether a downgrade is allowed. */
const changes = ["unknown", "upgrade", "safe-downgrade", "unsafe-downgrade"];
const typedVersion = 1;

function changeOf({ allowDowngrade, upgradeType }: FeatureUpdateKey, version: number): string {
  if (version < typedVersion) return allowDowngrade ? "safe-downgrade" : "upgrade";
  return changes[upgradeType] ?? String(upgradeType);
}

export const updateFeaturesRule: Rule<UpdateFeaturesRequest, UpdateFeaturesResponse> = {
  ...wholeRule({
    api: updateFeatures,
    versions: { min: 0, max: 2 },
    operations: ({ featureUpdates, validateOnly }, { version }) =>
      featureUpdates.map((update) =>
        operation("cluster.update-feature", "alter", cluster, {
          risk: "high",
          dryRun: validateOnly,
          /** Level 0 removes a feature. */
          attributes: { feature: update.feature, level: update.maxVersionLevel, change: changeOf(update, version) },
        }),
      ),
    denied: () => errorCode("CLUSTER_AUTHORIZATION_FAILED"),
    refuse: ({ code, message }) => updateFeatures.response.create({ errorCode: code, errorMessage: message }),
    error: (response) => response.errorCode,
  }),
  facts: trial,
};

/** The controller says whether it would do all of it; version 0 cannot ask. */
async function trial(request: UpdateFeaturesRequest, _operation: number, context: RuleContext): Promise<ExchangeFacts> {
  const none = { pinned: {}, shown: {}, wouldFail: null };
  if (context.version < typedVersion) return none;
  const answer = await context.ask(updateFeatures, context.version, { ...request, validateOnly: true });
  const code = answer.errorCode || (answer.results.find((result) => result.errorCode !== 0)?.errorCode ?? 0);
  return code === 0 ? none : { ...none, wouldFail: errorName(code) };
}
