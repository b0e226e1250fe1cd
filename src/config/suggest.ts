// "Did you mean …?": the closest of the names that would have been right. Pure.

/** The nearest name if it is near enough to be a slip of the keyboard, else null. */
export function suggest(given: string, names: readonly string[]): string | null {
  const reach = Math.max(1, Math.floor(given.length / 3));
  let best: { readonly name: string; readonly far: number } | null = null;
  for (const name of names) {
    const far = distance(given.toLowerCase(), name.toLowerCase());
    if (far <= reach && far < (best?.far ?? Infinity)) best = { name, far };
  }
  return best?.name ?? null;
}

/** Edits between two short words: one letter added, dropped, changed, or two neighbours swapped (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change, swapped ? (before[j - 2] ?? 0) + 1 : Infinity),
      );
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}
