// UK National Insurance numbers (HMRC, NIM39110): two letters of those that are given out, six digits, A to D. There is no checksum; small letters only
// where a word nearby says so.
import { words } from "../context.ts";
import { patternDetector } from "../pattern.ts";

const says = words("nino", "national insurance", "national insurance number", "ni number", "ni no");
const neverGiven = new Set(["BG", "GB", "NK", "KN", "TN", "NT", "ZZ"]);

export const ukNino = patternDetector({
  name: "uk-nino",
  charsMin: 9,
  hint: /[A-Za-z]{2}[ -]?\d\d/,
  pattern:
    /(?<![\dA-Za-z])[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z]([ -]?)\d\d([ -]?)\d\d\2\d\d\1[A-Da-d](?![\dA-Za-z])/g,
  accepts(match, { text, start, end, field }) {
    if (neverGiven.has(match.slice(0, 2).toUpperCase())) return false;
    return match === match.toUpperCase() || says.near(text, start, end, field);
  },
});
