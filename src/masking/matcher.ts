// All field paths of a rule set as one automaton, so that a value is read once however many rules there are. A state stands for the
// places that all paths have reached together; states are made when a document first leads to them, and kept.
// Knows names and indexes, no format: JSON, Avro and Protobuf walk the same states.
import { limits } from "../base/limits.ts";
import type { PathStep } from "./path.ts";

/** Where one path stands: so many of its steps are done. */
interface Place {
  readonly path: number;
  readonly done: number;
}

type Edge = { readonly name: string } | { readonly index: number } | null;

export class Matcher {
  /** Where nothing can match any more. */
  readonly dead: MatchState;
  readonly root: MatchState;
  private readonly paths: readonly (readonly PathStep[])[];
  private readonly states = new Map<string, MatchState>();

  constructor(paths: readonly (readonly PathStep[])[]) {
    this.paths = paths;
    this.dead = new MatchState(this, [], paths);
    this.root = new MatchState(
      this,
      paths.map((_, path) => ({ path, done: 0 })),
      paths,
    );
  }

  /** The state below `places` along an edge; null is an edge that no path names. */
  step(places: readonly Place[], edge: Edge): MatchState {
    const next = new Map<string, Place>();
    const add = (place: Place) => next.set(`${place.path}.${place.done}`, place);
    for (const place of places) {
      const step = this.paths[place.path]?.[place.done];
      if (step === undefined) continue;
      if (step.deep) add(place);
      if (follows(step, edge)) add({ path: place.path, done: place.done + 1 });
    }
    if (next.size === 0) return this.dead;
    return this.stateOf([...next.keys()].toSorted().join(" "), [...next.values()]);
  }

  private stateOf(key: string, places: readonly Place[]): MatchState {
    const known = this.states.get(key);
    if (known !== undefined) return known;
    // Documents drive how many there are. Those that are in use stay valid; forgotten ones are made again.
    if (this.states.size >= limits.maskStatesMax) {
      this.states.clear();
      this.root.forget();
    }
    const state = new MatchState(this, places, this.paths);
    this.states.set(key, state);
    return state;
  }
}

function follows(step: PathStep, edge: Edge): boolean {
  if (step.kind === "any") return true;
  if (edge === null) return false;
  return step.kind === "name"
    ? "name" in edge && edge.name === step.name
    : "index" in edge && edge.index === step.index;
}

interface NamedEdge {
  readonly name: string;
  readonly bytes: Uint8Array;
  next: MatchState | null;
}

export class MatchState {
  /** The path that ends here, the first in the order of the rules, or -1. */
  readonly path: number;
  /** False when nothing below can match. */
  readonly alive: boolean;
  private readonly matcher: Matcher;
  private readonly places: readonly Place[];
  private readonly names: readonly NamedEdge[];
  private readonly indexes: ReadonlySet<number>;
  private readonly elements = new Map<number, MatchState>();
  private other: MatchState | null = null;

  constructor(matcher: Matcher, places: readonly Place[], paths: readonly (readonly PathStep[])[]) {
    this.matcher = matcher;
    this.places = places;
    const ended = places.filter(({ path, done }) => done === paths[path]?.length).map(({ path }) => path);
    this.path = ended.length === 0 ? -1 : Math.min(...ended);
    const steps = places.flatMap(({ path, done }) => paths[path]?.[done] ?? []);
    this.alive = steps.length > 0;
    const names = new Set(steps.flatMap((step) => (step.kind === "name" ? step.name : [])));
    this.names = [...names].map((name) => ({ name, bytes: Buffer.from(name), next: null }));
    this.indexes = new Set(steps.flatMap((step) => (step.kind === "index" ? step.index : [])));
  }

  /** The state of the member whose name is the UTF-8 text in `bytes[start, end)`. */
  member(bytes: Uint8Array, start: number, end: number): MatchState {
    const length = end - start;
    for (const edge of this.names) {
      if (edge.bytes.length !== length) continue;
      let at = 0;
      while (at < length && edge.bytes[at] === bytes[start + at]) at++;
      if (at === length) return this.along(edge);
    }
    return this.unnamed();
  }

  /** The same for a name that had to be decoded first. */
  memberNamed(name: string): MatchState {
    for (const edge of this.names) if (edge.name === name) return this.along(edge);
    return this.unnamed();
  }

  element(index: number): MatchState {
    if (!this.indexes.has(index)) return this.unnamed();
    let next = this.elements.get(index);
    if (next === undefined) {
      next = this.matcher.step(this.places, { index });
      this.elements.set(index, next);
    }
    return next;
  }

  /** Lets go of what was reached from here, so that it can be collected. */
  forget(): void {
    for (const edge of this.names) edge.next = null;
    this.elements.clear();
    this.other = null;
  }

  private along(edge: NamedEdge): MatchState {
    edge.next ??= this.matcher.step(this.places, { name: edge.name });
    return edge.next;
  }

  private unnamed(): MatchState {
    this.other ??= this.matcher.step(this.places, null);
    return this.other;
  }
}
