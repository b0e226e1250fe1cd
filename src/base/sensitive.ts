// Sensitive<T>: a value that cannot be printed, logged or serialised by accident. Reading it is a visible act: `.reveal()`.
import { inspect } from "node:util";

const hidden = "[sensitive]";

export class Sensitive<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}
