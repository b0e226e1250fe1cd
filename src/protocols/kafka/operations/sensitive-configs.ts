// Which configuration values are told to nobody: not to approvers, not to the log, not to recordings. Kafka marks them only in answers.

/** Passwords and JAAS lines have names of these forms in every version. */
const sensitiveConfigs = /password|secret|jaas|\.key$|keystore|truststore|private/i;

export function isSensitiveName(name: string): boolean {
  return sensitiveConfigs.test(name);
}

export function shown(name: string, value: string | null): string | null {
  return value !== null && isSensitiveName(name) ? "[sensitive]" : value;
}

interface NamedValue {
  readonly name: string;
  readonly value: string | null;
}

/** A resource (or topic) with what may be shown of its values. */
export function withShownConfigs<R extends { readonly configs: readonly NamedValue[] }>(resource: R): R {
  return {
    ...resource,
    configs: resource.configs.map((config) => ({ ...config, value: shown(config.name, config.value) })),
  };
}
