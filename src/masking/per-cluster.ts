// Masking for each cluster: the same rules and keys, and the schemas of that cluster's own registry.
import type { Log } from "../base/log.ts";
import { formatsWith } from "./formats/index.ts";
import type { MaskKeys } from "./keys.ts";
import { createMasking, type Masking } from "./mask.ts";
import type { Schemas } from "./registry/schemas.ts";

/** `schemasOf` is asked once for a cluster; null where it has no registry. */
export function maskingPerCluster(
  keys: MaskKeys,
  schemasOf: (cluster: string) => Schemas | null,
  log: Log,
): (cluster: string) => Masking {
  const made = new Map<string, Masking>();
  return (cluster) => {
    let masking = made.get(cluster);
    if (masking === undefined) {
      masking = createMasking({ keys, formats: formatsWith({ schemas: schemasOf(cluster), log }) });
      made.set(cluster, masking);
    }
    return masking;
  };
}
