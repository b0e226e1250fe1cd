// Dutch citizen service numbers (BSN): nine digits by the eleven test with the last one counted −1. One in eleven numbers passes, so only beside a word.
import { words } from "../context.ts";
import { digitsOf, isOneDigit, weighted } from "../digits.ts";
import { patternDetector } from "../pattern.ts";

export const nlBsn = patternDetector({
  name: "nl-bsn",
  charsMin: 8,
  hint: /\d{4}|\d{3}[. ]\d{3}/,
  beside: words(
    "bsn",
    "burgerservicenummer",
    "burger service nummer",
    "sofi",
    "sofinummer",
    "sofi nummer",
    "citizen service number",
  ),
  pattern: /(?<![\dA-Za-z]|\d[.,-])(?:\d{8,9}|\d{3}([. ])\d{3}\1\d{3}|\d{4}([. ])\d{2}\2\d{3})(?![\dA-Za-z]|[-.,]\d)/g,
  accepts(match) {
    const digits = digitsOf(match).padStart(9, "0");
    return !isOneDigit(digits) && weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
  },
});
