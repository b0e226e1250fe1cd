// Checksums over digits, and what is left of a number without the marks that people write into it.

export const digitsOf = (text: string): string => text.replace(/[^\d]/g, "");

/** The letters and digits, in upper case. */
export const compact = (text: string): string => text.replace(/[^\dA-Za-z]/g, "").toUpperCase();

export const digitAt = (digits: string, index: number): number => digits.charCodeAt(index) - 48;

/** Each digit times its weight, added up. */
export function weighted(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < weights.length; index++) sum += digitAt(digits, index) * weights[index]!;
  return sum;
}

/** ISO/IEC 7812-1, annex B. */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, isDoubled = false; index >= 0; index--, isDoubled = !isDoubled) {
    const digit = digitAt(digits, index) * (isDoubled ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

/** A number that is one digit all along passes many checksums and is a placeholder. */
export const isOneDigit = (digits: string): boolean => digits === digits[0]!.repeat(digits.length);
