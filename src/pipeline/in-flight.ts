// The order of one connection. Every answer, ours or the broker's, leaves in the order of its request; the broker's answers
// are matched to what it was asked, first in first out, which is what Kafka guarantees on a connection. Holds no socket.
import { assert } from "../base/assert.ts";
import type { FrameSink } from "../protocols/protocol.ts";

/** A request's place in the client's order. It leaves once it is filled and all before it have left. */
export interface Place {
  pieces: readonly Buffer[] | null;
  filled: boolean;
}

/** What the broker's next frame belongs to. */
export interface Expected {
  /** The correlation id the answer must carry; another one means that the broker and we have lost each other. */
  readonly correlation: number;
  /** The API that a client asked for; undefined for questions of our own. */
  readonly asked?: string;
  /** Asked at the head of a large answer: a sink takes it as it comes, instead of `take`. `lost` may still be called amid it. */
  begin?(frameBytes: number): FrameSink | null;
  /** All that was asked before it is answered: from now on the broker owes this answer first. */
  isFirst?(): void;
  take(frame: Buffer): void;
  /** The connection ends before the answer came. */
  lost(): void;
  /** Another policy is in force, and the answer is not there yet. */
  policyChanged?(): void;
}

export class InFlight {
  #places: Place[] = [];
  #expected: Expected[] = [];
  #quieted: (() => void) | null = null;
  readonly #send: (pieces: readonly Buffer[]) => void;

  constructor(send: (pieces: readonly Buffer[]) => void) {
    this.#send = send;
  }

  /** Requests whose answers have not left yet. */
  get size(): number {
    return this.#places.length;
  }

  /** Answers that the broker still owes, our own questions among them. */
  get owed(): number {
    return this.#expected.length;
  }

  /** Takes the next place in the client's order. */
  place(): Place {
    const place: Place = { pieces: null, filled: false };
    this.#places.push(place);
    return place;
  }

  /** Fills a place; null pieces leave nothing. Sends all that may leave now. */
  fill(place: Place, pieces: readonly Buffer[] | null): void {
    assert(!place.filled, "a request is answered once");
    place.pieces = pieces;
    place.filled = true;
    let head = this.#places[0];
    while (head?.filled) {
      this.#places.shift();
      if (head.pieces) this.#send(head.pieces);
      head = this.#places[0];
    }
    // an array keeps what it grew to: an idle connection would, for ever
    if (this.#places.length === 0) this.#places = [];
  }

  /** True where nothing stands before this place: what fills it leaves at once. */
  isNext(place: Place): boolean {
    return this.#places[0] === place;
  }

  expect(expected: Expected): void {
    this.#expected.push(expected);
    if (this.#expected.length === 1) expected.isFirst?.();
  }

  /** What the broker's next frame belongs to, or undefined when it was asked nothing. */
  next(): Expected | undefined {
    const next = this.#expected.shift();
    this.#expected[0]?.isFirst?.();
    if (this.#expected.length === 0) {
      this.#expected = [];
      this.#quieted?.();
    }
    return next;
  }

  /** Resolves when the broker owes nothing. */
  quiet(): Promise<void> {
    if (this.#expected.length === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#quieted = resolve;
    return promise;
  }

  /** The same, and it stays. */
  peek(): Expected | undefined {
    return this.#expected[0];
  }

  policyChanged(): void {
    for (const expected of this.#expected) expected.policyChanged?.();
  }

  /** Ends every wait for the broker. */
  abandon(): void {
    const lost = this.#expected;
    this.#expected = [];
    for (const expected of lost) expected.lost();
    this.#quieted?.();
  }
}
