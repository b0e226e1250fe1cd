// Libraries that only some configurations need are loaded when they are first used: each costs a gateway that never does its memory and its start.
// For what is used where nobody can wait; elsewhere `await import` does.
import { createRequire } from "node:module";

/** Loads a package at once. */
export const loadNow = createRequire(import.meta.url);

/** Gives what `load` gives, which is called once, when it is first needed. */
export function lazily<T>(load: () => T): () => T {
  let loaded: { readonly it: T } | null = null;
  return () => {
    loaded ??= { it: load() };
    return loaded.it;
  };
}
