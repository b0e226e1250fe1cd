// Values of a policy's answer, each with its form: whatever has another is an OddAnswer, which makes the whole answer a denial.

/** Says what is odd; caught in answer.ts, never outside. */
export class OddAnswer extends Error {}

export function odd(what: string): never {
  throw new OddAnswer(what);
}

export type Fields = Readonly<Record<string, unknown>>;

export function object(value: unknown, what: string): Fields {
  return isObject(value) ? value : odd(`${what} is not an object`);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function array(value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) ? value : odd(`${what} is not a set or list`);
}

export function text(value: unknown, what: string): string {
  return typeof value === "string" && value !== "" ? value : odd(`${what} is not a text`);
}

/** One of `words`; the first where nothing was given. */
export function word<Word extends string>(value: unknown, words: readonly [Word, ...Word[]], what: string): Word {
  if (value === undefined) return words[0];
  return words.find((each) => each === value) ?? odd(`${what} is not ${words.map((each) => `"${each}"`).join(", ")}`);
}

export function onlyKeys(fields: Fields, known: readonly string[], what: string): void {
  for (const key in fields)
    if (!known.includes(key)) odd(`${what} has a field ${JSON.stringify(key)} that is not known`);
}
