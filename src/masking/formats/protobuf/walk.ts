// Walks one Protobuf message along its schema and the matcher, and replaces what has an action. Lengths of the messages around an edit are written
// anew. What a reader would not take for the field (a wrong wire type) and what may be a field that a path means is cut out.
// Throws Malformed; what was edited is then of no use.
import type { Action } from "../../action.ts";
import type { MatchState } from "../../matcher.ts";
import type { Found } from "../../scalar.ts";
import { Edits } from "../edits.ts";
import { malformed } from "../schema-problem.ts";
import { encodeVarint } from "../varint.ts";
import type { FieldPlace, MessagePlace, ProtoPlaces } from "./places.ts";
import { requiredFields } from "./replace.ts";
import { readScalar } from "./scalars.ts";
import type { ProtoField, ProtoMessage, ScalarKind } from "./schema.ts";
import { standsFor } from "./stands.ts";
import { encodeTag, WireCursor, wire, wireOf } from "./wire.ts";

const composite: Found = { kind: "composite" };
const nothing = Buffer.alloc(0);

/** Where the path was before: readers join messages of one field that come in pieces, so lists go on counting. */
class Frame {
  private counts: Map<number, number> | null = null;
  private parts: Map<number, Frame> | null = null;

  /** The index of the next element of a list. */
  next(number: number): number {
    this.counts ??= new Map();
    const index = this.counts.get(number) ?? 0;
    this.counts.set(number, index + 1);
    return index;
  }

  part(number: number): Frame {
    this.parts ??= new Map();
    let part = this.parts.get(number);
    if (part === undefined) this.parts.set(number, (part = new Frame()));
    return part;
  }
}

/** One value that is looked at. */
interface Spot {
  readonly field: ProtoField;
  readonly state: MatchState;
  /** The nearest field's, or a map's key. */
  readonly name: string;
  /** Where its tag begins. */
  readonly start: number;
  /** Whether it may be left out. */
  readonly canGo: boolean;
  readonly frame: Frame;
}

/** The source with its edits, or null where there were none. The message begins at `start` and fills the rest. */
export function walkProtobuf(
  source: Uint8Array,
  start: number,
  places: ProtoPlaces,
  root: MessagePlace,
): Buffer | null {
  const walk = new Walk(source, start, places);
  if (root.state.action?.whole === true) walk.whole(root, start);
  else walk.message(root, null, new Frame());
  return walk.edits.result();
}

class Walk {
  readonly edits: Edits;
  private readonly source: Uint8Array;
  private readonly cursor: WireCursor;
  private readonly places: ProtoPlaces;

  constructor(source: Uint8Array, start: number, places: ProtoPlaces) {
    this.source = source;
    this.places = places;
    this.cursor = new WireCursor(source, start, source.length);
    this.edits = new Edits(source);
  }

  /** The record's message as a whole: it stays one, and says nothing. */
  whole({ message, state }: MessagePlace, start: number): void {
    const replacement = state.action!.apply(composite, "");
    if (replacement !== null) this.edits.replace(start, this.source.length, requiredFields(message, new Set()));
  }

  /** Up to the cursor's end, or to the end of the group with that number. */
  message(place: MessagePlace, group: number | null, frame: Frame): void {
    const { cursor } = this;
    cursor.deeper();
    while (cursor.at < cursor.end) {
      const start = cursor.at;
      const tag = cursor.uint32();
      const number = tag >>> 3;
      const type = tag & 7;
      if (number === 0) throw malformed("a field has the number 0");
      if (type === wire.groupEnd && group === number) return cursor.leave();
      const fieldPlace = place.fields.get(number);
      if (fieldPlace === undefined) this.unknown(place, type, number, start);
      else if (!fieldPlace.reaches) cursor.skip(type, number);
      else this.field(fieldPlace, type, start, frame);
    }
    if (group !== null) throw malformed("a group does not end");
    cursor.leave();
  }

  private unknown({ unknownStates }: MessagePlace, type: number, number: number, start: number): void {
    this.cursor.skip(type, number);
    if (unknownStates.length > 0) this.cut(start, unknownStates.find(({ action }) => action !== null)?.action ?? null);
  }

  private cut(start: number, action: Action | null): void {
    action?.apply(composite, "");
    this.edits.replace(start, this.cursor.at, nothing);
  }

  private field(place: FieldPlace, type: number, start: number, frame: Frame): void {
    const { field, state } = place;
    const { cursor } = this;
    const expected = field.map !== null ? wire.bytes : field.isGroup ? wire.groupStart : wireOf(field.type);
    const isPacked = field.isRepeated && type === wire.bytes && expected !== wire.bytes && expected !== wire.groupStart;
    if (type !== expected && !isPacked) {
      cursor.skip(type, field.number);
      return this.cut(start, state.action);
    }
    if (place.isList && state.action?.whole === true) {
      cursor.skip(type, field.number);
      // A list or map as a whole becomes empty.
      if (state.action.apply(composite, state.action.wantsName ? field.name : "") !== null)
        this.edits.replace(start, cursor.at, nothing);
      return;
    }
    if (isPacked) return this.packed(field, state, frame);
    if (field.map !== null) return this.entry(place, field.map);
    const its = { field, name: field.name, start };
    if (!field.isRepeated) {
      this.value({ ...its, state: place.ofValue(state), canGo: !field.isRequired, frame: frame.part(field.number) });
    } else {
      const element = place.ofValue(state.element(frame.next(field.number)));
      this.value({ ...its, state: element, canGo: false, frame: new Frame() });
    }
  }

  /** The cursor stands behind the tag. */
  private value(spot: Spot): void {
    const { field, state, start } = spot;
    const { type } = field;
    const { cursor } = this;
    const { action } = state;
    const valueStart = cursor.at;
    const isOneValue = type.kind === "message" && type.stands !== null && action !== null;
    if (type.kind === "message" && action?.whole !== true && !isOneValue) return this.inside(type, spot);
    cursor.skip(field.isGroup ? wire.groupStart : wireOf(type), field.number);
    if (action === null) return;
    const end = cursor.at;
    const found = action.constant === null ? this.found(field, valueStart, end) : composite;
    const replacement = action.apply(found, action.wantsName ? spot.name : "");
    if (replacement === null) return;
    if (field.isGroup && type.kind === "message") return this.edits.replace(valueStart, end, groupOf(type, field));
    const bytes = this.places.replacementFor(action, type, spot.canGo, replacement);
    this.edits.replace(bytes === null ? start : valueStart, end, bytes ?? nothing);
  }

  private found({ type, isGroup }: ProtoField, start: number, end: number): Found {
    if (type.kind !== "message") return readScalar(type, this.source, start, end);
    if (isGroup) return composite;
    const content = new WireCursor(this.source, start, end);
    content.uint32();
    return standsFor(type, this.source, content.at, end) ?? composite;
  }

  private inside(type: ProtoMessage, { field, state, frame }: Spot): void {
    const place = this.places.of(type, state);
    const { cursor } = this;
    if (!place.reaches && !(type.isOpaque && state.alive)) {
      return cursor.skip(field.isGroup ? wire.groupStart : wire.bytes, field.number);
    }
    if (field.isGroup) return this.message(place, field.number, frame);
    this.sized((start, end) => {
      // What cannot be looked into may hold what a path means.
      if (!type.isOpaque || !state.alive) return this.message(place, null, frame);
      this.edits.replace(start, end, nothing);
      cursor.at = end;
    });
  }

  /** Calls `read` with the cursor between a length and the end that it sets; the length follows what is edited. */
  private sized(read: (start: number, end: number) => void): void {
    const { cursor } = this;
    const lengthStart = cursor.at;
    const length = cursor.uint32();
    const start = cursor.at;
    const outer = cursor.end;
    if (length > outer - start) throw malformed("a length is beyond the end");
    cursor.end = start + length;
    const mark = this.edits.open(lengthStart, start);
    read(start, cursor.end);
    this.edits.close(mark, (added) => encodeVarint(length + added));
    cursor.end = outer;
  }

  private packed(field: ProtoField, list: MatchState, frame: Frame): void {
    const { cursor } = this;
    const element = wireOf(field.type);
    this.sized(() => {
      while (cursor.at < cursor.end) {
        const start = cursor.at;
        const state = list.element(frame.next(field.number));
        cursor.skip(element, field.number);
        const { action } = state;
        if (action === null) continue;
        const found = action.constant === null ? this.found(field, start, cursor.at) : composite;
        const replacement = action.apply(found, action.wantsName ? field.name : "");
        if (replacement !== null)
          this.edits.replace(
            start,
            cursor.at,
            this.places.replacementFor(action, field.type, false, replacement) ?? nothing,
          );
      }
    });
  }

  /** One entry of a map: a message of a key and a value, in any order. */
  private entry(place: FieldPlace, key: ScalarKind): void {
    const { cursor } = this;
    this.sized((start, end) => {
      const name = this.keyOf(key, end);
      const state = place.ofValue(place.state.memberNamed(name));
      if (!place.valueReaches(state)) return;
      const field = place.valueField;
      cursor.at = start;
      while (cursor.at < end) {
        const tagStart = cursor.at;
        const tag = cursor.uint32();
        if (tag >>> 3 === field.number && (tag & 7) === wireOf(field.type))
          this.value({ field, state, name, start: tagStart, canGo: true, frame: new Frame() });
        else {
          cursor.skip(tag & 7, tag >>> 3);
          // An entry has nothing but key and value; what is there anyway might be what a path means.
          if (tag >>> 3 !== 1) this.cut(tagStart, null);
        }
      }
    });
  }

  /** As paths name it. Several keys in one entry are something that no writer makes, and readers might differ in which one they take. */
  private keyOf(key: ScalarKind, end: number): string {
    const { cursor } = this;
    const type = { kind: "scalar", scalar: key } as const;
    let found: string | null = null;
    while (cursor.at < end) {
      const tag = cursor.uint32();
      const start = cursor.at;
      cursor.skip(tag & 7, tag >>> 3);
      if (tag >>> 3 !== 1) continue;
      if (found !== null || (tag & 7) !== wireOf(type)) throw malformed("a map's entry has no proper key");
      const value = readScalar(type, this.source, start, cursor.at);
      found = value.kind === "text" ? value.text : "value" in value ? String(value.value) : "";
    }
    return found ?? (key === "string" ? "" : key === "bool" ? "false" : "0");
  }
}

function groupOf(type: ProtoMessage, { number }: ProtoField): Buffer {
  return Buffer.concat([requiredFields(type, new Set()), encodeTag(number, wire.groupEnd)]);
}
