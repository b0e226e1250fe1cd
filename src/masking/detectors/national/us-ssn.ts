// US Social Security numbers: no checksum, but areas, groups and serials that were never given out (SSA, 2011). With dashes as they are, else only beside a word.
import { words } from "../context.ts";
import { digitsOf } from "../digits.ts";
import { patternDetector } from "../pattern.ts";

const says = words(
  "ssn",
  "social security",
  "social security number",
  "soc sec",
  "ss number",
  "tax id",
  "taxpayer",
  "itin",
  "tin",
);

export const usSsn = patternDetector({
  name: "us-ssn",
  charsMin: 9,
  hint: /\d{3}[ -]?\d{2}[ -]?\d{4}/,
  pattern: /(?<![\dA-Za-z]|\d[.,-])\d{3}([ -]?)\d{2}\1\d{4}(?![\dA-Za-z]|[-.,]\d)/g,
  accepts(match, { text, start, end, field }) {
    const digits = digitsOf(match);
    const area = digits.slice(0, 3);
    if (area === "000" || area === "666" || digits.slice(3, 5) === "00" || digits.slice(5) === "0000") return false;
    // Areas from 900 are taxpayers' numbers, in the same form.
    if (match.includes("-") && area < "900") return true;
    return says.near(text, start, end, field);
  },
});
