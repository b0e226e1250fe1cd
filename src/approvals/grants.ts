// Roles that people have for a time, as this gateway knows them: read from Redis at every change and now and then, kept in memory so that a decision
// waits for nobody. A list is the same object until something changes, so whoever keeps decisions need only compare it. Fails closed: what could
// not be looked at for a minute might have been revoked, and counts no more.
import type { Cancel, Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Approval, Grant } from "../model/approval.ts";
import type { Store } from "./store.ts";
import type { Wake } from "./wake.ts";

export interface GrantBook {
  /** Those that hold just now; mostly none. */
  of(cluster: string, principal: string): readonly Grant[];
  close(): void;
}

export interface GrantBookOptions {
  readonly store: Pick<Store, "elevations">;
  readonly wake: Pick<Wake, "watch">;
  readonly clock: Clock;
  readonly log: Log;
}

interface Entry {
  grants: readonly Grant[];
  /** When the first of them ends. */
  until: number;
}

const none: readonly Grant[] = [];

export function openGrantBook({ store, wake, clock, log }: GrantBookOptions): GrantBook {
  let entries = new Map<string, Entry>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking = false;
  let again = false;
  let closed = false;
  let cancel: Cancel = () => {};

  async function look(): Promise<void> {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    cancel();
    try {
      const startedAt = clock.monotonic();
      entries = taken(entries, await store.elevations(), clock.now());
      lookedAt = startedAt;
    } catch (error) {
      log.debug({ error: describeError(error) }, "roles for a time could not be looked up");
    }
    looking = false;
    if (closed) return;
    cancel = clock.after(again ? 0 : limits.grantsPollMs, () => void look());
    again = false;
  }

  const stopWatching = wake.watch(() => void look());
  void look();
  return {
    of(cluster, principal) {
      const entry = entries.get(keyOf(cluster, principal));
      if (entry === undefined || clock.monotonic() - lookedAt > limits.grantsAgeMsMax) return none;
      const now = clock.now();
      if (now >= entry.until) {
        entry.grants = entry.grants.filter(({ until }) => until > now);
        entry.until = endOf(entry.grants);
      }
      return entry.grants;
    },
    close() {
      closed = true;
      stopWatching();
      cancel();
    },
  };
}

/** The new state; a list that did not change stays the object that it was. */
function taken(before: ReadonlyMap<string, Entry>, approvals: readonly Approval[], now: number): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const [key, of] of Map.groupBy(approvals, ({ cluster, principal }) => keyOf(cluster, principal))) {
    const grants = of
      .map(({ id, elevation, grantUntil }) => ({ id, role: elevation?.role ?? "", until: grantUntil ?? 0 }))
      .filter(({ role, until }) => role !== "" && until > now)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const old = before.get(key);
    const same = old !== undefined && JSON.stringify(old.grants) === JSON.stringify(grants);
    entries.set(key, same ? old : { grants, until: endOf(grants) });
  }
  return entries;
}

function endOf(grants: readonly Grant[]): number {
  return Math.min(...grants.map(({ until }) => until), Number.POSITIVE_INFINITY);
}

function keyOf(cluster: string, principal: string): string {
  return JSON.stringify([cluster, principal]);
}
