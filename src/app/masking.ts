// Masking as the configuration sets it up: for the path, the policy's checks and the command line alike.
import { LockkeeperError } from "../base/errors.ts";
import { silentLog } from "../base/log.ts";
import type { Config } from "../config/schema.ts";
import { readTlsFiles } from "../config/tls-files.ts";
import { formats, formatsWith } from "../masking/formats/index.ts";
import { createMasking, type Masking } from "../masking/mask.ts";
import { maskingPerCluster } from "../masking/per-cluster.ts";
import { createRegistryClient } from "../masking/registry/client.ts";
import type { SchemaAnswer, SchemaQuestion } from "../masking/registry/relay.ts";
import { createSchemas, type Schemas } from "../masking/registry/schemas.ts";
import type { GatewayParts } from "./parts.ts";

/** To check rules with: formats that need a schema registry are there where any cluster has one. */
export function openMasking({ masking, clusters }: Config): Masking {
  const hasRegistry = Object.values(clusters).some(({ schemaRegistry }) => schemaRegistry !== null);
  const available = hasRegistry ? formatsWith({ schemas: null, log: silentLog }) : formats;
  return createMasking({ keys: new Map(Object.entries(masking.keys)), formats: available });
}

/** For the records of each cluster. */
export interface Maskings {
  of(cluster: string): Masking;
  /** Clusters that have a schema registry. */
  readonly registries: readonly string[];
  /** For a worker thread, which reaches no registry by itself. Never rejects. */
  schema(question: SchemaQuestion): Promise<SchemaAnswer>;
  /** Of schema registries, by cluster, for health. */
  states(): Record<string, string>;
}

/** Throws LockkeeperError `config-invalid` for TLS files that are not usable. */
export function openMaskings({ config, clock, log }: GatewayParts, stack: AsyncDisposableStack): Maskings {
  const keys = new Map(Object.entries(config.masking.keys));
  const schemas = new Map<string, Schemas>();
  for (const [cluster, { schemaRegistry }] of Object.entries(config.clusters)) {
    if (schemaRegistry === null) continue;
    const client = createRegistryClient(connection(schemaRegistry));
    schemas.set(cluster, createSchemas({ client, cluster, clock, log }));
  }
  stack.defer(() => {
    for (const each of schemas.values()) each.close();
  });
  const of = maskingPerCluster(keys, (cluster) => schemas.get(cluster) ?? null, log);
  return {
    of,
    registries: [...schemas.keys()],
    schema: async ({ cluster, ref }) => (await schemas.get(cluster)?.fetch(ref)) ?? "missing",
    states: () => Object.fromEntries([...schemas].map(([cluster, each]) => [cluster, each.state()])),
  };
}

function connection({ tls, ...registry }: NonNullable<Config["clusters"][string]["schemaRegistry"]>) {
  const read = tls && readTlsFiles(tls);
  if (typeof read === "string") throw new LockkeeperError("config-invalid", `schemaRegistry.tls: ${read}`);
  return { ...registry, tls: read && read.options };
}
