// Finds the values in a JSON text for which a matcher has an action, as byte ranges, in one pass and without building anything of it: what is
// not masked can then stay byte for byte. Strict on purpose: a text that is not one JSON value in UTF-8 is not found in, it is refused.
// Source: RFC 8259. No recursion: depth is bounded by limits.jsonDepthMax.
import { isUtf8 } from "node:buffer";
import { limits } from "../../base/limits.ts";
import { scratchFor } from "../../base/scratch.ts";
import type { Action } from "../action.ts";
import type { MatchState } from "../matcher.ts";
import { code, literalEnd, numberEnd, plainEnd, skipSpace, stringEnd, type Text } from "./json-text.ts";

/** One value with something to do: `[start, end)` of the text. Places never overlap and are in order. */
export interface JsonPlace {
  readonly start: number;
  readonly end: number;
  readonly action: Action;
  /** The nearest member's name above, quotes included; nowhere: there is none. */
  readonly nameStart: number;
  readonly nameEnd: number;
  /** Where the member that the value belongs to begins; nowhere: it is an element of a list, or all. */
  readonly memberStart: number;
}

/** Where a container's `index` says that it is an object. */
const inObject = -1;
export const nowhere = -1;

export class JsonFinder {
  /** The text of the last `find`, followed by a zero byte. */
  text: Buffer = Buffer.alloc(0);
  private strings: Text = { bytes: this.text, words: new Int32Array(0) };
  private readonly root: MatchState;
  private readonly states: MatchState[] = [];
  private readonly indexes = new Int32Array(limits.jsonDepthMax);
  /** By depth: the name of the current member; in a list, that of the list. */
  private readonly nameStarts = new Int32Array(limits.jsonDepthMax + 1).fill(nowhere);
  private readonly nameEnds = new Int32Array(limits.jsonDepthMax + 1);
  private found: JsonPlace[] = [];
  private maskDepth = nowhere;
  private maskStart = 0;
  private maskAction: Action | null = null;
  private child: MatchState;

  constructor(root: MatchState) {
    this.root = root;
    this.child = root;
  }

  /** The values with an action, or null when `source` is not JSON. */
  find(source: Uint8Array): readonly JsonPlace[] | null {
    if (!isUtf8(source)) return null;
    const length = source.length;
    this.makeRoom(length);
    this.text.set(source);
    this.text[length] = 0;
    this.found = [];
    this.maskDepth = nowhere;
    return this.walk(this.text, length) ? this.found : null;
  }

  /** For the zero byte, and for all of the word that it is in. */
  private makeRoom(length: number): void {
    const text = scratchFor(length + 4, this.text);
    if (text === this.text) return;
    this.text = text;
    this.strings = { bytes: text, words: new Int32Array(text.buffer, text.byteOffset, text.length >> 2) };
  }

  /** True when the text is one value and nothing else. */
  private walk(text: Uint8Array, length: number): boolean {
    let at = skipSpace(text, 0);
    let depth = 0;
    let state = this.root;
    for (;;) {
      // A value begins. What is masked as a whole is still read to its end, but nothing in it is looked for.
      if (state.action !== null && this.maskDepth === nowhere && (state.action.whole || isScalar(text[at]!))) {
        this.maskDepth = depth;
        this.maskStart = at;
        this.maskAction = state.action;
        state = state.dead;
      }
      const opened = this.open(text, at, depth, state);
      if (opened < 0) return false;
      if (opened > 0) {
        at = opened;
        depth++;
        state = this.child;
        continue;
      }
      at = this.scalarEnd(text, at);
      // A value has ended, and perhaps the containers around it.
      for (;;) {
        if (at < 0) return false;
        if (depth === this.maskDepth) this.endMask(depth, at);
        at = skipSpace(text, at);
        if (depth === 0) return at === length;
        const isObject = this.indexes[depth - 1] === inObject;
        if (text[at] === code.comma) {
          at = isObject ? this.key(text, skipSpace(text, at + 1), depth) : this.nextElement(text, at + 1, depth);
          if (at < 0) return false;
          state = this.child;
          break;
        }
        if (text[at] !== (isObject ? code.closeObject : code.closeArray)) return false;
        at++;
        depth--;
      }
    }
  }

  /** Steps into a container that is not empty: where its first value begins. 0: no such container. -1: not JSON. */
  private open(text: Uint8Array, at: number, depth: number, state: MatchState): number {
    const byte = text[at];
    if (byte !== code.openObject && byte !== code.openArray) return 0;
    if (depth === limits.jsonDepthMax) return -1;
    const isObject = byte === code.openObject;
    const first = skipSpace(text, at + 1);
    if (text[first] === (isObject ? code.closeObject : code.closeArray)) return 0;
    this.states[depth] = state;
    this.indexes[depth] = isObject ? inObject : 0;
    if (isObject) return this.key(text, first, depth + 1);
    this.nameStarts[depth + 1] = this.nameStarts[depth]!;
    this.nameEnds[depth + 1] = this.nameEnds[depth]!;
    this.child = state.alive ? state.element(0) : state.dead;
    return first;
  }

  /** The end of a value that holds no other: a string, number or literal, or an empty container. */
  private scalarEnd(text: Uint8Array, at: number): number {
    switch (text[at]!) {
      case code.quote:
        return stringEnd(this.strings, at + 1);
      case code.openObject:
      case code.openArray:
        return skipSpace(text, at + 1) + 1;
      case 0x74:
      case 0x66:
      case 0x6e:
        return literalEnd(text, at);
      default:
        return numberEnd(text, at);
    }
  }

  /** Reads a member's name and colon, and leaves its state in `child`. A name with escapes is decoded: it names the same member. */
  private key(text: Uint8Array, at: number, depth: number): number {
    if (text[at] !== code.quote) return -1;
    const parent = this.states[depth - 1]!;
    const start = at + 1;
    let end = plainEnd(this.strings, start);
    if (text[end] === code.quote) {
      this.child = parent.alive ? parent.member(text, start, end) : parent.dead;
    } else {
      end = stringEnd(this.strings, end) - 1;
      if (end < 0) return -1;
      this.child = parent.alive ? parent.memberNamed(decoded(text, at, end + 1)) : parent.dead;
    }
    this.nameStarts[depth] = at;
    this.nameEnds[depth] = end + 1;
    const colon = skipSpace(text, end + 1);
    return text[colon] === code.colon ? skipSpace(text, colon + 1) : -1;
  }

  private nextElement(text: Uint8Array, at: number, depth: number): number {
    const parent = this.states[depth - 1]!;
    const index = ++this.indexes[depth - 1]!;
    this.child = parent.alive ? parent.element(index) : parent.dead;
    return skipSpace(text, at);
  }

  private endMask(depth: number, end: number): void {
    const nameStart = depth === 0 ? nowhere : this.nameStarts[depth]!;
    this.found.push({
      start: this.maskStart,
      end,
      action: this.maskAction!,
      nameStart,
      nameEnd: this.nameEnds[depth]!,
      memberStart: depth > 0 && this.indexes[depth - 1] === inObject ? nameStart : nowhere,
    });
    this.maskDepth = nowhere;
  }
}

function isScalar(first: number): boolean {
  return first !== code.openObject && first !== code.openArray;
}

/** The text of a string token that was checked before, quotes included. */
export function decoded(text: Uint8Array, start: number, end: number): string {
  return String(JSON.parse(Buffer.from(text.buffer, text.byteOffset + start, end - start).toString()));
}
