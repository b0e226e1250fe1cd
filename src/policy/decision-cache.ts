// Decisions that may be given again: those on cacheable operations, of one policy revision, for one session as it is now.
// It must never change an answer: everything that a policy can see beside the operation is constant for a session until it logs in
// again or names itself differently, and then its entries go; a policy that looks at the time or at input as a whole gets no cache.

import type { Decision } from "../model/decision.ts";
import type { Identity } from "../model/identity.ts";
import type { Operation } from "../model/operation.ts";
import type { ClientSoftware, Session } from "../model/session.ts";

interface Entry {
  readonly operation: Operation;
  readonly decision: Decision;
}

/** Entries by operation name, then by resource name: two look-ups of strings that exist, no key is built. */
interface SessionEntries {
  readonly identity: Identity | null;
  readonly software: ClientSoftware | null;
  readonly clientId: string | null;
  readonly grants: Session["grants"];
  readonly byOperation: Map<string, Map<string, Entry>>;
}

export interface DecisionCache {
  get(session: Session, operation: Operation): Decision | undefined;
  set(session: Session, operation: Operation, decision: Decision): void;
}

/** What a policy reads of input, as the compiler reports it, decides whether its decisions may be kept. */
export function mayCache(inputs: readonly (readonly string[])[] | null): boolean {
  return inputs !== null && inputs.every(([first]) => first !== undefined && first !== "time");
}

/**
 * Two generations instead of a linked list: what is used moves to the young one; when that holds half of `entriesMax`, the old one is
 * dropped. About least recently used, in constant time; sessions are held weakly, so an ended one costs nothing.
 */
export function createDecisionCache(entriesMax: number): DecisionCache {
  const youngMax = Math.max(1, Math.floor(entriesMax / 2));
  let young = new WeakMap<Session, SessionEntries>();
  let old = new WeakMap<Session, SessionEntries>();
  let youngCount = 0;

  function put(session: Session, operation: Operation, entry: Entry): void {
    if (youngCount >= youngMax) {
      old = young;
      young = new WeakMap();
      youngCount = 0;
    }
    let entries = young.get(session);
    if (entries === undefined || !isCurrent(entries, session)) {
      const { identity, software, clientId, grants } = session;
      entries = { identity, software, clientId, grants, byOperation: new Map() };
      young.set(session, entries);
    }
    let byResource = entries.byOperation.get(operation.name);
    if (byResource === undefined) entries.byOperation.set(operation.name, (byResource = new Map()));
    byResource.set(operation.resource.name, entry);
    youngCount++;
  }

  return {
    get(session, operation) {
      const found = find(young.get(session), session, operation);
      if (found !== undefined) return found.decision;
      const older = find(old.get(session), session, operation);
      if (older === undefined) return undefined;
      put(session, operation, older);
      return older.decision;
    },
    set: (session, operation, decision) => put(session, operation, { operation, decision }),
  };
}

function isCurrent(entries: SessionEntries, session: Session): boolean {
  return (
    entries.identity === session.identity &&
    entries.grants === session.grants &&
    entries.software === session.software &&
    entries.clientId === session.clientId
  );
}

function find(entries: SessionEntries | undefined, session: Session, operation: Operation): Entry | undefined {
  if (entries === undefined || !isCurrent(entries, session)) return undefined;
  const entry = entries.byOperation.get(operation.name)?.get(operation.resource.name);
  return entry !== undefined && isSame(entry.operation, operation) ? entry : undefined;
}

/** The attributes do not count: `cacheable` promises that they do not vary. */
function isSame(a: Operation, b: Operation): boolean {
  return (
    a.resource.id === b.resource.id &&
    a.resource.type === b.resource.type &&
    a.dryRun === b.dryRun &&
    a.verb === b.verb &&
    a.risk === b.risk
  );
}
