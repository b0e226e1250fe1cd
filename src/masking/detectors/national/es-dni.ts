// Spanish identity numbers: DNI, eight digits and a letter by the remainder by 23; NIE of foreigners, X, Y or Z for the first digit. Small letters only where a
// word nearby says so: hexadecimal numbers look the same.
import { words } from "../context.ts";
import { compact } from "../digits.ts";
import { patternDetector } from "../pattern.ts";

const letters = "TRWAGMYFPDXBNJZSQVHLCKE";
const says = words("dni", "nie", "nif", "documento", "identidad", "national id");

export const esDni = patternDetector({
  name: "es-dni",
  charsMin: 9,
  hint: /\d{7}[ -]?[A-Za-z]/,
  pattern: /(?<![\dA-Za-z]|\d[.,-])(?:\d{8}|[XYZxyz][ -]?\d{7})[ -]?[A-Za-z](?![\dA-Za-z])/g,
  accepts(match, { text, start, end, field }) {
    const id = compact(match);
    const number = id.slice(0, 8).replace(/^[XYZ]/, (first) => String("XYZ".indexOf(first)));
    if (letters[Number(number) % 23] !== id[8]) return false;
    return match === match.toUpperCase() || says.near(text, start, end, field);
  },
});
