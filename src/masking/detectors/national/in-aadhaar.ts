// Indian Aadhaar numbers (UIDAI): twelve digits, the first from 2, by Verhoeff's check. One in ten numbers passes, so only beside a word.
import { words } from "../context.ts";
import { digitAt, digitsOf, isOneDigit } from "../digits.ts";
import { patternDetector } from "../pattern.ts";

export const inAadhaar = patternDetector({
  name: "in-aadhaar",
  charsMin: 12,
  hint: /\d{4}[ -]?\d{4}[ -]?\d{4}/,
  beside: words("aadhaar", "aadhar", "adhaar", "uidai", "uid", "aadhaar number", "aadhaar no"),
  pattern: /(?<![\dA-Za-z]|\d[.,-])[2-9]\d{3}([ -]?)\d{4}\1\d{4}(?![\dA-Za-z]|[-.,]\d)/g,
  accepts(match) {
    const digits = digitsOf(match);
    return !isOneDigit(digits) && verhoeff(digits) === 0;
  },
});

/** Verhoeff's permutation, applied once for each place. */
const permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** 0 where the last digit is right: the digits multiplied in the dihedral group of the pentagon. */
export function verhoeff(digits: string): number {
  let check = 0;
  for (let place = 0; place < digits.length; place++) {
    let digit = digitAt(digits, digits.length - 1 - place);
    for (let round = place % 8; round > 0; round--) digit = permutation[digit]!;
    check = product(check, digit);
  }
  return check;
}

/** Rotations are 0 to 4, reflections 5 to 9. */
function product(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5);
  return b < 5 ? 5 + ((a - b) % 5) : (a - b + 5) % 5;
}
