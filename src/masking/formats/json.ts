// Finds the values in a JSON text that a matcher names, as byte ranges, in one pass and without building anything of it: what is not
// masked can then stay byte for byte. Strict on purpose: a text that is not one JSON value in UTF-8 is not found in, it is refused.
// Source: RFC 8259. No recursion: depth is bounded by limits.jsonDepthMax.
import { isUtf8 } from "node:buffer";
import { limits } from "../../base/limits.ts";
import type { Matcher, MatchState } from "../matcher.ts";
import { code, literalEnd, numberEnd, plainEnd, skipSpace, stringEnd } from "./json-text.ts";

/** One range to mask: `[start, end)` of the value, and the index of the path that names it. Ranges never overlap and are in order. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly path: number;
}

/** Where a container's `index` says that it is an object. */
const inObject = -1;
const nowhere = -1;
/** A scratch buffer beyond this goes back to the heap after use. */
const scratchKeptBytes = 1024 * 1024;

export class JsonFinder {
  private readonly matcher: Matcher;
  private readonly states: MatchState[] = [];
  private readonly indexes = new Int32Array(limits.jsonDepthMax);
  private scratch = new Uint8Array(4096);
  private found: Found[] = [];
  private maskDepth = nowhere;
  private maskStart = 0;
  private maskPath = 0;
  private child: MatchState;

  constructor(matcher: Matcher) {
    this.matcher = matcher;
    this.child = matcher.dead;
  }

  /** The values to mask, or null when `source` is not JSON. */
  find(source: Uint8Array): readonly Found[] | null {
    if (!isUtf8(source)) return null;
    const length = source.length;
    if (length >= this.scratch.length) this.scratch = new Uint8Array(Math.max(length + 1, this.scratch.length * 2));
    this.scratch.set(source);
    this.scratch[length] = 0;
    this.found = [];
    this.maskDepth = nowhere;
    const whole = this.walk(this.scratch, length);
    if (this.scratch.length > scratchKeptBytes) this.scratch = new Uint8Array(4096);
    return whole ? this.found : null;
  }

  /** True when the text is one value and nothing else. */
  private walk(text: Uint8Array, length: number): boolean {
    let at = skipSpace(text, 0);
    let depth = 0;
    let state = this.matcher.root;
    for (;;) {
      // A value begins. What is masked as a whole is still read to its end, but nothing in it is looked for.
      if (state.path >= 0 && this.maskDepth === nowhere) {
        state = this.beginMask(depth, at, state.path);
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
        if (depth === this.maskDepth) this.endMask(at);
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
    this.child = state.alive ? state.element(0) : this.matcher.dead;
    return first;
  }

  /** The end of a value that holds no other: a string, number or literal, or an empty container. */
  private scalarEnd(text: Uint8Array, at: number): number {
    switch (text[at]!) {
      case code.quote:
        return stringEnd(text, at + 1);
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
    let end = plainEnd(text, start);
    if (text[end] === code.quote) {
      this.child = parent.alive ? parent.member(text, start, end) : this.matcher.dead;
    } else {
      end = stringEnd(text, end) - 1;
      if (end < 0) return -1;
      this.child = parent.alive ? parent.memberNamed(decoded(text, at, end + 1)) : this.matcher.dead;
    }
    const colon = skipSpace(text, end + 1);
    return text[colon] === code.colon ? skipSpace(text, colon + 1) : -1;
  }

  private nextElement(text: Uint8Array, at: number, depth: number): number {
    const parent = this.states[depth - 1]!;
    const index = ++this.indexes[depth - 1]!;
    this.child = parent.alive ? parent.element(index) : this.matcher.dead;
    return skipSpace(text, at);
  }

  private beginMask(depth: number, start: number, path: number): MatchState {
    this.maskDepth = depth;
    this.maskStart = start;
    this.maskPath = path;
    return this.matcher.dead;
  }

  private endMask(end: number): void {
    this.found.push({ start: this.maskStart, end, path: this.maskPath });
    this.maskDepth = nowhere;
  }
}

/** The text of a string token that was checked before, quotes included. */
function decoded(text: Uint8Array, start: number, end: number): string {
  return String(JSON.parse(Buffer.from(text.buffer, text.byteOffset + start, end - start).toString()));
}
