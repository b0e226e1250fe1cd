// A registry client for a thread that reaches no registry: it asks the thread that does. Knows nothing of threads.
import { LockkeeperError } from "../../base/errors.ts";
import type { RegistryClient } from "./client.ts";
import type { SchemaRef } from "./reference.ts";
import type { RegisteredSchema } from "./schema.ts";

/** Plain data, as it travels. */
export interface SchemaQuestion {
  readonly cluster: string;
  readonly ref: SchemaRef;
}

/** `missing`: there is none. `away`: the registry cannot be asked now. */
export type SchemaAnswer = RegisteredSchema | "missing" | "away";

export function relayClient(cluster: string, ask: (question: SchemaQuestion) => Promise<unknown>): RegistryClient {
  return {
    async schema(ref) {
      const answer = (await ask({ cluster, ref })) as SchemaAnswer | null;
      if (answer === "away") throw new LockkeeperError("registry-unavailable", "it cannot be asked now");
      return answer === "missing" ? null : answer;
    },
    close: () => {},
  };
}
