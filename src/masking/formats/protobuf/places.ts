// Where the matcher stands in a schema: each message together with the state that a walk has there. What a schema can say before any record
// is seen is worked out once, so that what nobody asks for is passed over.
import type { Action } from "../../action.ts";
import type { MatchState } from "../../matcher.ts";
import type { Replacement } from "../../scalar.ts";
import { replacementFor } from "./replace.ts";
import type { ProtoField, ProtoMessage, ProtoType } from "./schema.ts";

export class FieldPlace {
  readonly field: ProtoField;
  /** With the field's tags; of a list or map where it stands as a whole. */
  readonly state: MatchState;
  /** Of a map, the value's field in its entries. */
  readonly valueField: ProtoField;
  private readonly places: ProtoPlaces;
  private reached: boolean | null = null;

  constructor(places: ProtoPlaces, field: ProtoField, state: MatchState) {
    this.places = places;
    this.field = field;
    this.state = state;
    this.valueField = { ...field, number: 2, map: null, isRepeated: false, isRequired: false };
  }

  get isList(): boolean {
    return this.field.isRepeated || this.field.map !== null;
  }

  /** Whether there may be an action here or anywhere below. */
  get reaches(): boolean {
    this.reached ??= this.state.action !== null || this.values().some((state) => this.valueReaches(state));
    return this.reached;
  }

  /** The states that a value of it may have. */
  values(): readonly MatchState[] {
    return (this.isList ? this.state.below() : [this.state]).map((state) => this.ofValue(state));
  }

  /** A value's state with the tags that its type brings along. */
  ofValue(state: MatchState): MatchState {
    const { type } = this.field;
    return type.kind === "message" ? state.tagged(type.tags) : state;
  }

  valueReaches(state: MatchState): boolean {
    if (state.action !== null) return true;
    const { type } = this.field;
    return type.kind === "message" && this.places.of(type, state).reaches;
  }
}

export class MessagePlace {
  readonly message: ProtoMessage;
  /** With the message's own tags. */
  readonly state: MatchState;
  private readonly places: ProtoPlaces;
  private fieldPlaces: ReadonlyMap<number, FieldPlace> | null = null;
  private reached: boolean | null = null;
  private unknown: readonly MatchState[] | null = null;

  constructor(places: ProtoPlaces, message: ProtoMessage, state: MatchState) {
    this.places = places;
    this.message = message;
    this.state = state;
  }

  get fields(): ReadonlyMap<number, FieldPlace> {
    this.fieldPlaces ??= new Map(
      [...this.message.fields].map(([number, field]) => {
        const state = this.state.members(field.names).tagged(field.tags);
        return [number, new FieldPlace(this.places, field, state)];
      }),
    );
    return this.fieldPlaces;
  }

  /**
   * What a field that the schema does not know may be: paths may name a member here that the writer's schema lacks, and the field of a newer schema,
   * which a service passed on without knowing it, may be that one. Empty where no path can mean it.
   */
  get unknownStates(): readonly MatchState[] {
    this.unknown ??= this.state
      .below(new Set([...this.message.fields.values()].flatMap(({ names }) => names)))
      .filter((state) => state.alive || state.action !== null);
    return this.unknown;
  }

  get reaches(): boolean {
    this.reached ??= this.search();
    return this.reached;
  }

  private search(): boolean {
    const seen = new Set<MessagePlace>([this]);
    for (const place of seen) {
      if (place.state.action !== null || place.unknownStates.length > 0) return true;
      for (const fieldPlace of place.fields.values()) {
        if (fieldPlace.state.action !== null) return true;
        const { type } = fieldPlace.field;
        for (const state of fieldPlace.values()) {
          if (state.action !== null) return true;
          if (type.kind === "message") seen.add(this.places.of(type, state));
        }
      }
    }
    return false;
  }
}

export class ProtoPlaces {
  private readonly constants = new WeakMap<Action, WeakMap<ProtoType, Uint8Array>>();
  private readonly byState = new WeakMap<MatchState, Map<number, MessagePlace>>();

  of(message: ProtoMessage, at: MatchState): MessagePlace {
    const state = at.tagged(message.tags);
    let places = this.byState.get(state);
    if (places === undefined) this.byState.set(state, (places = new Map()));
    let place = places.get(message.index);
    if (place === undefined) places.set(message.index, (place = new MessagePlace(this, message, state)));
    return place;
  }

  /** Of a constant worked out once. Null: the field goes. */
  replacementFor(action: Action, type: ProtoType, canGo: boolean, replacement: Replacement): Uint8Array | null {
    const { constant } = action;
    if (constant === null || constant.kind === "removed" || constant.kind === "null")
      return replacementFor(type, canGo, replacement);
    let known = this.constants.get(action);
    if (known === undefined) this.constants.set(action, (known = new WeakMap()));
    let bytes = known.get(type);
    if (bytes === undefined) known.set(type, (bytes = replacementFor(type, false, constant) ?? new Uint8Array(0)));
    return bytes;
  }
}
