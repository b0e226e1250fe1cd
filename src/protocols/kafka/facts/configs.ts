// What a change of configs does: each value as it is and as it will be. The old ones must still hold when it runs; of a request that replaces all
// of a resource's configs (AlterConfigs) that means every value that is set, also those that it does not name. Secrets are shown to nobody.
import type { Json, JsonObject } from "../../../base/json.ts";
import { Sensitive } from "../../../base/sensitive.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { type DescribeConfigsResourceResult, describeConfigs } from "../messages/describe-configs.ts";
import { type ConfigResource, setSources } from "../operations/config-resources.ts";
import { isSensitiveName, shown } from "../operations/sensitive-configs.ts";
import type { RuleContext } from "../rule.ts";
import { failing } from "./common.ts";

const version = 1;
const hidden = "[sensitive]";
const byDefault = "(default)";

export interface ConfigChange {
  /** `set`, `delete`, `append`, `subtract`; `replace` where the request sets everything that the resource has. */
  readonly op: string;
  readonly name: string;
  readonly value: string | null;
}

/** `trial` asks the broker whether it would do it (`validate_only`), and resolves with its error code. */
export async function alterFacts(
  { resourceType, resourceName, changes }: ConfigResource & { readonly changes: readonly ConfigChange[] },
  context: RuleContext,
  trial: () => Promise<number>,
): Promise<ExchangeFacts> {
  const replaces = changes.every(({ op }) => op === "replace");
  // a request that replaces everything is about what it does not name as well
  const configurationKeys = replaces ? null : changes.map(({ name }) => name);
  const request = describeConfigs.request.create({ resources: [{ resourceType, resourceName, configurationKeys }] });
  const { results } = await context.ask(describeConfigs, version, request);
  const [found] = results;
  if (found?.errorCode !== 0) return failing(found?.errorCode ?? -1);
  const code = await trial();
  if (code !== 0) return failing(code);
  const sources = setSources({ resourceType, resourceName });
  const named = new Set(changes.map(({ name }) => name));
  const relevant = found.configs.filter(({ name, configSource }) => named.has(name) || sources.has(configSource));
  const old = new Map(relevant.map((config) => [config.name, config]));
  const secrets = changes.filter(({ name }) => isSecret(name, old.get(name)));
  return {
    pinned: { before: Object.fromEntries(relevant.map((config) => [config.name, oldValue(config)])) },
    shown: { changes: differences(changes, relevant, replaces) },
    wouldFail: null,
    ...(secrets.length > 0 && {
      secret: new Sensitive(JSON.stringify(secrets.map(({ op, name, value }) => [op, name, value]))),
    }),
  };
}

function isSecret(name: string, config: DescribeConfigsResourceResult | undefined): boolean {
  return isSensitiveName(name) || config?.isSensitive === true;
}

function oldValue(config: DescribeConfigsResourceResult): string | null {
  return config.isSensitive ? hidden : shown(config.name, config.value);
}

/** By name, what is and what will be; what stays as it is is left out. */
function differences(
  changes: readonly ConfigChange[],
  relevant: readonly DescribeConfigsResourceResult[],
  replaces: boolean,
): JsonObject {
  const old = new Map(relevant.map((config) => [config.name, config]));
  const lines: Record<string, Json> = {};
  for (const change of changes) {
    const config = old.get(change.name);
    const from = config === undefined ? null : oldValue(config);
    const to = isSecret(change.name, config) && change.op !== "delete" ? hidden : newValue(change, from);
    if (to !== from || to === hidden) lines[change.name] = { old: from, new: to };
  }
  if (replaces) {
    for (const config of relevant) {
      if (!changes.some(({ name }) => name === config.name))
        lines[config.name] = { old: oldValue(config), new: byDefault };
    }
  }
  return lines;
}

function newValue({ op, value }: ConfigChange, from: string | null): string | null {
  const items = (from ?? "").split(",").filter((item) => item !== "");
  const given = (value ?? "").split(",").filter((item) => item !== "");
  switch (op) {
    case "delete":
      return byDefault;
    case "append":
      return [...items, ...given.filter((item) => !items.includes(item))].join(",");
    case "subtract":
      return items.filter((item) => !given.includes(item)).join(",");
    default:
      return value;
  }
}
