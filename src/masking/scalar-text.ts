// Values as texts: for detectors, which look through them, and for filters, which compare them with what a policy names.
import { assertNever } from "../base/assert.ts";
import type { Found, Scalar } from "./scalar.ts";

/** What detectors can look through; bytes where they are UTF-8. */
export function textOf(value: Found): string | null {
  switch (value.kind) {
    case "text":
    case "number":
      return value.text;
    case "integer":
      return value.value.toString();
    case "enum":
      return value.symbol;
    case "bytes":
      return utf8(value);
    case "boolean":
    case "time":
    case "null":
    case "composite":
      return null;
  }
  return assertNever(value);
}

/** The values that a rule names: as texts, and those that are numbers also by their decimal value. */
export interface NamedValues {
  readonly texts: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
}

export function namedValues(values: readonly string[]): NamedValues {
  return { texts: new Set(values), numbers: new Set(values.flatMap((value) => decimal(value) ?? [])) };
}

/** True where the value is one of those: a number by its decimal value, everything else letter by letter. */
export function isNamed(value: Found, { texts, numbers }: NamedValues): boolean {
  switch (value.kind) {
    case "number":
      return numbers.has(decimal(value.text) ?? "");
    case "integer":
    case "time":
      return numbers.has(decimal(value.value.toString()) ?? "");
    case "boolean":
      return texts.has(String(value.value));
    case "text":
    case "enum":
    case "bytes":
    case "null":
    case "composite": {
      const text = textOf(value);
      return text !== null && texts.has(text);
    }
  }
  return assertNever(value);
}

const number = /^(-?)(\d{1,400})(?:\.(\d{1,400}))?(?:[eE]([+-]?\d{1,9}))?$/;

/** One form for every spelling of a number: its digits without zeros around them, and the power of ten. Null where it is none. */
function decimal(text: string): string | null {
  const match = number.exec(text);
  if (match === null) return null;
  const [, sign = "", whole = "", fraction = "", power = "0"] = match;
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = withoutZerosBehind(digits);
  if (significant === "") return "0";
  const exponent = Number(power) - fraction.length + (digits.length - significant.length);
  return `${sign}${significant}e${exponent}`;
}

/** Not by a regular expression: `0+$` looks at every zero of a long number again. */
function withoutZerosBehind(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end--;
  return digits.slice(0, end);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8({ bytes }: Scalar & { kind: "bytes" }): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
