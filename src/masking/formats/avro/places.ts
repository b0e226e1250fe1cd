// Where the matcher stands in a schema: each type together with the state that a walk has there. What a schema can say before any record is
// seen is worked out once: the states of a record's fields, and whether anything is to be done below at all, so that the rest is passed over.
import type { MatchState } from "../../matcher.ts";
import type { AvroSchema, AvroType } from "./schema.ts";

export class AvroPlace {
  readonly type: AvroType;
  /** With the type's own tags. */
  readonly state: MatchState;
  private readonly places: AvroPlaces;
  private below: readonly AvroPlace[] | null = null;
  private reached: boolean | null = null;

  constructor(places: AvroPlaces, type: AvroType, state: MatchState) {
    this.places = places;
    this.type = type;
    this.state = state;
  }

  /** Of a record its fields in order, of a union its branches; of a list or map the places that an element may have. */
  get children(): readonly AvroPlace[] {
    this.below ??= this.makeChildren();
    return this.below;
  }

  /** Whether there may be an action here or anywhere below. */
  get reaches(): boolean {
    this.reached ??= this.search();
    return this.reached;
  }

  private makeChildren(): readonly AvroPlace[] {
    const { type, state, places } = this;
    if (type.kind === "record")
      return type.fields.map((field) => places.of(field.type, state.members(field.names).tagged(field.tags)));
    if (type.kind === "union") return type.branches.map((branch) => places.of(branch, state));
    const inside = type.kind === "array" ? type.items : type.kind === "map" ? type.values : null;
    return inside === null ? [] : state.below().map((next) => places.of(inside, next));
  }

  private search(): boolean {
    const seen = new Set<AvroPlace>([this]);
    for (const place of seen) {
      if (place.state.action !== null) return true;
      for (const child of place.children) seen.add(child);
    }
    return false;
  }
}

export class AvroPlaces {
  readonly root: AvroPlace;
  private readonly byState = new WeakMap<MatchState, Map<number, AvroPlace>>();

  constructor(schema: AvroSchema, root: MatchState) {
    this.root = this.of(schema.root, root);
  }

  of(type: AvroType, at: MatchState): AvroPlace {
    const state = at.tagged(type.tags);
    let places = this.byState.get(state);
    if (places === undefined) this.byState.set(state, (places = new Map()));
    let place = places.get(type.index);
    if (place === undefined) places.set(type.index, (place = new AvroPlace(this, type, state)));
    return place;
  }
}
