// German tax identification numbers (Identifikationsnummer, § 139b AO): eleven digits; of the first ten exactly one digit occurs twice or thrice; the last
// is a check by ISO/IEC 7064, MOD 11,10.
import { digitAt, digitsOf } from "../digits.ts";
import { patternDetector } from "../pattern.ts";

export const deSteuerId = patternDetector({
  name: "de-steuer-id",
  charsMin: 11,
  hint: /\d\d ?\d{3} ?\d{3} ?\d{3}/,
  pattern: /(?<![\dA-Za-z]|\d[.,-])[1-9]\d( ?)\d{3}\1\d{3}\1\d{3}(?![\dA-Za-z]|[-.,]\d)/g,
  accepts: (match) => isSteuerId(digitsOf(match)),
});

function isSteuerId(digits: string): boolean {
  const counts = Array.from({ length: 10 }, () => 0);
  for (let index = 0; index < 10; index++) counts[digitAt(digits, index)]!++;
  const repeated = counts.filter((count) => count > 1);
  if (repeated.length !== 1 || repeated[0]! > 3) return false;
  let product = 10;
  for (let index = 0; index < 10; index++) {
    const sum = (digitAt(digits, index) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digitAt(digits, 10);
}
