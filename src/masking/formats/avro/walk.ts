// Walks one Avro value along its schema and the matcher, and replaces what has an action. Throws Malformed; what was edited is then of no use.
import type { Action } from "../../action.ts";
import type { Found } from "../../scalar.ts";
import { Edits } from "../edits.ts";
import { malformed } from "../schema-problem.ts";
import { AvroCursor, encodeLong } from "./cursor.ts";
import type { AvroPlace, AvroPlaces } from "./places.ts";
import { replacementFor } from "./replace.ts";
import { readScalar } from "./scalars.ts";
import { isComposite } from "./schema.ts";

const composite: Found = { kind: "composite" };

/** Bytes of replacements that are the same whatever the value; by action, then by the places' types. */
export type Constants = WeakMap<Action, Map<string, Uint8Array>>;

/** The source with its edits, or null where there were none. The value begins at `start` and fills the rest. */
export function walkAvro(source: Uint8Array, start: number, places: AvroPlaces, constants: Constants): Buffer | null {
  const walk = new Walk(source, start, places, constants);
  walk.value(places.root, "");
  if (walk.cursor.at !== source.length) throw malformed("there is more than the schema says");
  return walk.edits.result();
}

class Walk {
  readonly cursor: AvroCursor;
  readonly edits: Edits;
  private readonly source: Uint8Array;
  private readonly places: AvroPlaces;
  private readonly constants: Constants;

  constructor(source: Uint8Array, start: number, places: AvroPlaces, constants: Constants) {
    this.source = source;
    this.places = places;
    this.constants = constants;
    this.cursor = new AvroCursor(source, start);
    this.edits = new Edits(source);
  }

  /** `name` is the nearest field's. */
  value(place: AvroPlace, name: string): void {
    const { cursor } = this;
    const { type } = place;
    if (!place.reaches) return cursor.skip(type);
    const start = cursor.at;
    const actual = type.kind === "union" ? place.children[cursor.choice(type.branches.length)]! : place;
    const { action } = actual.state;
    if (isComposite(actual.type) && action?.whole !== true) return this.inside(actual, name);
    const valueStart = cursor.at;
    cursor.skip(actual.type);
    if (action !== null) this.replace(action, place, actual, start, valueStart, name);
  }

  private inside({ type, state, children }: AvroPlace, name: string): void {
    const { cursor } = this;
    if (type.kind === "record") {
      cursor.deeper();
      for (let index = 0; index < children.length; index++) this.value(children[index]!, type.fields[index]!.name);
      cursor.leave();
    } else if (type.kind === "array") {
      const { items } = type;
      cursor.blocks((index) => this.value(this.places.of(items, state.element(index)), name), this.blockOpened);
    } else if (type.kind === "map") {
      const { values } = type;
      cursor.blocks(() => {
        const length = cursor.count();
        const start = cursor.at;
        cursor.take(length);
        const next = state.member(this.source, start, cursor.at);
        const key = next.alive ? utf8(this.source, start, cursor.at) : name;
        this.value(this.places.of(values, next), key);
      }, this.blockOpened);
    }
  }

  private readonly blockOpened = (start: number, end: number, size: number): (() => void) => {
    const mark = this.edits.open(start, end);
    return () => this.edits.close(mark, (added) => encodeLong(size + added));
  };

  private replace(
    action: Action,
    field: AvroPlace,
    { type }: AvroPlace,
    start: number,
    valueStart: number,
    name: string,
  ): void {
    const end = this.cursor.at;
    if (action.constant !== null) {
      action.apply(composite, "");
      return this.edits.replace(start, end, this.constantFor(action, field, type));
    }
    const found =
      isComposite(type) || type.kind === "union" ? composite : readScalar(type, this.source, valueStart, end);
    const replacement = action.apply(found, action.wantsName ? name : "");
    if (replacement !== null) this.edits.replace(start, end, replacementFor(field.type, type, replacement));
  }

  private constantFor(action: Action, field: AvroPlace, type: AvroPlace["type"]): Uint8Array {
    let known = this.constants.get(action);
    if (known === undefined) this.constants.set(action, (known = new Map()));
    const key = `${field.type.index}.${type.index}`;
    let bytes = known.get(key);
    if (bytes === undefined) known.set(key, (bytes = replacementFor(field.type, type, action.constant!)));
    return bytes;
  }
}

function utf8(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}
