// UpdateFeatures (57): CLUSTER:ALTER; what the cluster's metadata may hold, for good where it goes up. One operation for each feature; the
// controller does all or nothing, so one refused refuses all, with the error and the sentence at the top.
import type { ExchangeFacts } from "../../protocol.ts";
import { errorCode } from "../errors.ts";
import { failing, trialMs } from "../facts/common.ts";
import { apiVersions } from "../messages/api-versions.ts";
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
  facts: featureFacts,
};

const apiVersionsVersion = 4;

/** The level that the feature has now; and whether the controller would do all of the request: version 0 cannot ask. */
async function featureFacts(
  request: UpdateFeaturesRequest,
  index: number,
  context: RuleContext,
): Promise<ExchangeFacts> {
  if (context.version >= typedVersion) {
    const answer = await context.ask(updateFeatures, context.version, {
      ...request,
      validateOnly: true,
      timeoutMs: trialMs,
    });
    const code = answer.errorCode || (answer.results.find((result) => result.errorCode !== 0)?.errorCode ?? 0);
    if (code !== 0) return failing(code);
  }
  const question = apiVersions.request.create({ clientSoftwareName: "lockkeeper", clientSoftwareVersion: "1" });
  const { finalizedFeatures } = await context.ask(apiVersions, apiVersionsVersion, question);
  const update = request.featureUpdates[index];
  const before = finalizedFeatures.find(({ name }) => name === update?.feature)?.maxVersionLevel ?? 0;
  const shown = { level: { old: before, new: update?.maxVersionLevel ?? 0 } };
  return { pinned: { before }, shown, wouldFail: null };
}
