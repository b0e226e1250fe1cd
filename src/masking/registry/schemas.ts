// The schemas of one cluster, as formats ask for them: at once or not at all. What has to be fetched is fetched once however many records wait
// for it; a schema never changes under its id, so what was found is kept. What was not found is asked again only after a while, and no more
// than so many at a time: ids come from whoever may write records.
import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { Log } from "../../base/log.ts";
import { NotReady } from "../../model/record.ts";
import type { RegistryClient } from "./client.ts";
import { referenceKey, type SchemaRef } from "./reference.ts";
import type { SchemaAnswer } from "./relay.ts";
import type { RegisteredSchema } from "./schema.ts";

export interface Schemas {
  /** Null where it cannot be had now: there is none, or the registry is away. Throws NotReady while it is being fetched. */
  get(ref: SchemaRef): RegisteredSchema | null;
  /** The same for who can wait. Never rejects. */
  fetch(ref: SchemaRef): Promise<SchemaAnswer>;
  /** In words, for health. */
  state(): string;
  close(): void;
}

export interface SchemasParts {
  readonly client: RegistryClient;
  /** The cluster's, for the log. */
  readonly cluster: string;
  readonly clock: Clock;
  readonly log: Log;
}

export function createSchemas({ client, cluster, clock, log }: SchemasParts): Schemas {
  const known = new Map<string, RegisteredSchema>();
  /** When each may be asked for again. */
  const missing = new Map<string, number>();
  const asking = new Map<string, Promise<void>>();
  let chars = 0;
  let away: { readonly until: number; readonly reason: string } | null = null;

  function keep(key: string, schema: RegisteredSchema): void {
    known.set(key, schema);
    chars += size(schema);
    for (const [oldest, its] of known) {
      if (known.size <= limits.registrySchemasMax && chars <= limits.registrySchemaCharsMax) break;
      known.delete(oldest);
      chars -= size(its);
    }
  }

  function isMissing(key: string): boolean {
    const now = clock.monotonic();
    // In the order in which they were put in, so those that are over come first.
    for (const [each, until] of missing) {
      if (until > now) break;
      missing.delete(each);
    }
    return missing.has(key) || missing.size >= limits.registryMissingMax;
  }

  async function ask(ref: SchemaRef, key: string): Promise<void> {
    try {
      const schema = await client.schema(ref);
      if (away !== null) log.info({ cluster }, "the schema registry answers again");
      away = null;
      if (schema !== null) return keep(key, schema);
      missing.set(key, clock.monotonic() + limits.registryMissingMs);
      log.warn({ cluster, reason: `no schema ${key} that can be used` }, "a record's schema is unknown");
    } catch (error) {
      const reason = describeError(error);
      if (away === null) log.warn({ cluster, reason }, "the schema registry is away; masks' otherwise decides");
      away = { until: clock.monotonic() + limits.registryRetryMs, reason };
    } finally {
      asking.delete(key);
    }
  }

  const isAway = (): boolean => away !== null && away.until > clock.monotonic();

  function get(ref: SchemaRef): RegisteredSchema | null {
    const key = referenceKey(ref);
    const found = known.get(key);
    if (found !== undefined) {
      // The one that was used longest ago goes first.
      known.delete(key);
      known.set(key, found);
      return found;
    }
    let ready = asking.get(key);
    if (ready === undefined) {
      if (isMissing(key) || isAway()) return null;
      ready = ask(ref, key);
      asking.set(key, ready);
    }
    throw new NotReady(`schema ${key}`, ready);
  }

  return {
    get,
    async fetch(ref) {
      try {
        return get(ref) ?? (isAway() ? "away" : "missing");
      } catch (error) {
        if (!(error instanceof NotReady)) throw error;
        await error.ready;
        return known.get(referenceKey(ref)) ?? (isAway() ? "away" : "missing");
      }
    },
    state: () => (away === null ? `${known.size} schemas known` : `cannot be asked: ${away.reason}`),
    close: () => client.close(),
  };
}

function size({ text, references }: RegisteredSchema): number {
  return references.reduce((sum, each) => sum + each.text.length, text.length);
}
