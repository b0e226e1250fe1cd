// Whether what stands around a candidate says what it is: the field's name, or words just before or after it. For kinds whose digits alone would
// cry wolf. What it looks at is bounded, so its cost is bounded by the candidates.

const charsBefore = 40;
const charsAfter = 24;
const nameCharsMax = 200;

export interface Words {
  /** True where the name of the field, or the text close to the candidate, has one of the words. */
  near(text: string, start: number, end: number, field: string): boolean;
  /** The same for all of the text: where it is false, `near` is false everywhere. */
  anywhere(text: string, field: string): boolean;
}

/** `words`: in lower case, with a space where names have one, a dash, an underscore, a capital or nothing: `social security` also finds `socialSecurity`. */
export function words(...list: readonly string[]): Words {
  const wanted = list.map((word) => word.replaceAll(" ", "[ _-]?")).join("|");
  const pattern = new RegExp(`(?<![a-z\\d])(?:${wanted})(?![a-z\\d])`, "i");
  const has = (text: string): boolean => pattern.test(parted(text));
  let lastField = "";
  let lastAnswer = false;
  /** Records of one topic have the same fields, and a text many candidates. */
  const named = (field: string): boolean => {
    if (field === "") return false;
    const name = field.slice(-nameCharsMax);
    if (name === lastField) return lastAnswer;
    lastAnswer = has(name);
    lastField = name;
    return lastAnswer;
  };
  return {
    near: (text, start, end, field) =>
      named(field) ||
      has(text.slice(Math.max(0, start - charsBefore), start)) ||
      has(text.slice(end, end + charsAfter)),
    anywhere: (text, field) => named(field) || has(text),
  };
}

/** `customer Phone`: whole words only, since `className` has an `ssn` in it. */
const parted = (text: string): string => text.replace(/([a-z\d])([A-Z])/g, "$1 $2");
