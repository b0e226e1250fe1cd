// Events that the audit log refused: how many since it could last be written, which it tells itself once it can, and how many in all.

export interface Gap {
  readonly count: number;
  /** Of the first one: milliseconds since 1970. */
  readonly since: number;
}

export class Refusals {
  #gap: Gap | null = null;
  #inAll = 0;

  /** Since the start. */
  get inAll(): number {
    return this.#inAll;
  }

  note(count: number, now: number): void {
    this.#gap = { count: (this.#gap?.count ?? 0) + count, since: this.#gap?.since ?? now };
    this.#inAll += count;
  }

  /** Those that nobody was told of yet; null for none. */
  take(): Gap | null {
    const gap = this.#gap;
    this.#gap = null;
    return gap;
  }

  /** The event that was to tell of them was refused as well, and counted as one more: it is none of them. */
  giveBack({ count, since }: Gap): void {
    this.#gap = { count: count + (this.#gap?.count ?? 1) - 1, since };
  }
}
