// Looking things up by a key where there are a few mostly, and a hundred thousand where somebody means harm: a request of one MiB can name so many
// partitions. Few are compared one by one, which is fastest; many through a map, since each with each would stop the event loop for minutes.

const fewMax = 16;

/** Two of the items have the same key. */
export function hasTwice<T>(items: readonly T[], keyOf: (item: T) => string | number): boolean {
  if (items.length > fewMax) return new Set(items.map(keyOf)).size < items.length;
  for (let index = 1; index < items.length; index++) {
    const key = keyOf(items[index] as T);
    for (let before = 0; before < index; before++) if (keyOf(items[before] as T) === key) return true;
  }
  return false;
}

/** Finds the first item that has a key. */
export function finder<T, K extends string | number>(
  items: readonly T[],
  keyOf: (item: T) => K,
): (key: K) => T | undefined {
  if (items.length <= fewMax) return (key) => items.find((item) => keyOf(item) === key);
  const byKey = new Map<K, T>();
  for (const item of items) {
    const key = keyOf(item);
    if (!byKey.has(key)) byKey.set(key, item);
  }
  return (key) => byKey.get(key);
}
