// Polish PESEL numbers: a date of birth with its century in the month, a serial, and a check digit. Only beside a word: one in ten dates with a serial passes.
import { words } from "../context.ts";
import { weighted } from "../digits.ts";
import { patternDetector } from "../pattern.ts";

export const plPesel = patternDetector({
  name: "pl-pesel",
  charsMin: 11,
  hint: /\d{11}/,
  beside: words("pesel", "numer pesel", "nr pesel"),
  pattern: /(?<![\dA-Za-z]|\d[.,-])\d{11}(?![\dA-Za-z]|[-.,]\d)/g,
  accepts(match) {
    const month = Number(match.slice(2, 4)) % 20;
    const day = Number(match.slice(4, 6));
    if (month < 1 || month > 12 || day < 1 || day > 31) return false;
    return weighted(match, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
  },
});
