// All field paths of a rule set as one automaton, so that a value is read once however many rules there are. A state stands for the
// places that all paths have reached together; states are made when a document first leads to them, and kept.
// Knows names, indexes and tags, no format: JSON, Avro and Protobuf walk the same states.
import { limits } from "../base/limits.ts";
import type { Action } from "./action.ts";
import type { PathStep } from "./path.ts";

/** What one rule means: the places where its path ends, or those that the schema gives its tag. */
export interface Target {
  readonly steps: readonly PathStep[];
  readonly tag: string | null;
  /** It means every value at and below these places, not the places as a whole. */
  readonly below: boolean;
}

/** What is to be done where these targets (their indexes, in order) meet; null where nothing is. */
export interface ActionOf {
  (targets: readonly number[]): Action | null;
}

/** Where one target's path stands: so many of its steps are done. */
interface Place {
  readonly target: number;
  readonly done: number;
}

/** What leads from a value to one below: a name, an index, or, in a table whose columns have names, both. */
interface Edge {
  readonly name?: string;
  readonly index?: number;
  /** Other names for the same: Avro's aliases, Protobuf's names in JSON. */
  readonly aliases?: readonly string[];
}

/** One that no path names. */
const unnamed: Edge = {};

export class Matcher {
  /** Where nothing can match any more. */
  readonly dead: MatchState;
  readonly root: MatchState;
  readonly targets: readonly Target[];
  readonly actionOf: ActionOf;
  private readonly states = new Map<string, MatchState>();

  constructor(targets: readonly Target[], actionOf: ActionOf) {
    this.targets = targets;
    this.actionOf = actionOf;
    this.dead = new MatchState(this, []);
    const begun = targets.flatMap(({ tag }, target) => (tag === null ? { target, done: 0 } : []));
    this.root = new MatchState(this, begun);
  }

  /** The state below `places` along an edge. */
  step(places: readonly Place[], edge: Edge): MatchState {
    const next: Place[] = [];
    for (const place of places) {
      const target = this.targets[place.target]!;
      const step = target.steps[place.done];
      if (step === undefined) {
        if (target.below) next.push(place);
        continue;
      }
      if (step.deep) next.push(place);
      if (follows(step, edge)) next.push({ target: place.target, done: place.done + 1 });
    }
    return this.stateOf(next);
  }

  /** The state of `places` in a field to which the schema gives these tags. */
  tagged(places: readonly Place[], tags: readonly string[]): MatchState {
    const ended = this.targets.flatMap(({ tag }, target) =>
      tag !== null && tags.includes(tag) ? { target, done: 0 } : [],
    );
    return this.stateOf([...places, ...ended]);
  }

  private stateOf(places: readonly Place[]): MatchState {
    if (places.length === 0) return this.dead;
    const distinct = new Map(places.map((place) => [`${place.target}.${place.done}`, place]));
    const key = [...distinct.keys()].toSorted().join(" ");
    const known = this.states.get(key);
    if (known !== undefined) return known;
    // Documents drive how many there are. Those that are in use stay valid; forgotten ones are made again.
    if (this.states.size >= limits.maskStatesMax) {
      this.states.clear();
      this.root.forget();
    }
    const state = new MatchState(this, [...distinct.values()]);
    this.states.set(key, state);
    return state;
  }
}

function follows(step: PathStep, edge: Edge): boolean {
  if (step.kind === "any") return true;
  if (step.kind === "index") return edge.index === step.index;
  return edge.name === step.name || edge.aliases?.includes(step.name) === true;
}

const noNames: ReadonlySet<string> = new Set();

interface NamedEdge {
  readonly name: string;
  readonly bytes: Uint8Array;
  next: MatchState | null;
}

export class MatchState {
  /** What is to be done with a value here, or null. */
  readonly action: Action | null;
  /** False when nothing below can match, unless the schema says so by a tag. */
  readonly alive: boolean;
  readonly matcher: Matcher;
  private readonly places: readonly Place[];
  private readonly names: readonly NamedEdge[];
  private readonly indexes: ReadonlySet<number>;
  private readonly elements = new Map<number, MatchState>();
  private other: MatchState | null = null;

  constructor(matcher: Matcher, places: readonly Place[]) {
    this.matcher = matcher;
    this.places = places;
    const { targets } = matcher;
    const isEnded = ({ target, done }: Place) => done === targets[target]!.steps.length;
    const ended = new Set(places.filter(isEnded).map(({ target }) => target));
    this.action = ended.size === 0 ? null : matcher.actionOf([...ended].toSorted((a, b) => a - b));
    const steps = places.flatMap(({ target, done }) => targets[target]!.steps[done] ?? []);
    this.alive = steps.length > 0 || places.some((place) => isEnded(place) && targets[place.target]!.below);
    const names = new Set(steps.flatMap((step) => (step.kind === "name" ? step.name : [])));
    this.names = [...names].map((name) => ({ name, bytes: Buffer.from(name), next: null }));
    this.indexes = new Set(steps.flatMap((step) => (step.kind === "index" ? step.index : [])));
  }

  /** Whether a rule means what a schema tags. */
  get asksForTags(): boolean {
    return this.matcher.targets.some(({ tag }) => tag !== null);
  }

  /** The state in which nothing is looked for. */
  get dead(): MatchState {
    return this.matcher.dead;
  }

  /** This place in a field to which the schema gives these tags. */
  tagged(tags: readonly string[]): MatchState {
    return tags.length === 0 ? this : this.matcher.tagged(this.places, tags);
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

  /** The state of a member that has several names, each of which a path may use. */
  members(names: readonly string[]): MatchState {
    const [name, ...aliases] = names.filter((each) => this.names.some((edge) => edge.name === each));
    if (name === undefined) return this.unnamed();
    return aliases.length === 0 ? this.memberNamed(name) : this.matcher.step(this.places, { name, aliases });
  }

  /** The states that a member or element may have whose name or index is not known yet; `known` are names that it does not have. */
  below(known: ReadonlySet<string> = noNames): readonly MatchState[] {
    const named = this.names.filter(({ name }) => !known.has(name)).map((edge) => this.along(edge));
    return [...new Set([this.unnamed(), ...named, ...[...this.indexes].map((index) => this.element(index))])];
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

  /** A column that can be meant by its name or its index. Made anew each time. */
  column(index: number, name: string): MatchState {
    return this.alive ? this.matcher.step(this.places, { index, name }) : this.dead;
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
    this.other ??= this.matcher.step(this.places, unnamed);
    return this.other;
  }
}
