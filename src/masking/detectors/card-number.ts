// Payment card numbers (ISO/IEC 7812): the issuer's prefix with a length that it uses, and the Luhn digit. In groups with spaces or dashes too.
// Where a word nearby says card, any prefix will do.
import { words } from "./context.ts";
import type { Detector, Finding } from "./detector.ts";
import { isLuhn, isOneDigit } from "./digits.ts";

/** Prefixes from–to of one width, and the lengths that go with them. Sources: the networks' published ranges. */
const issuers: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  [4, 4, [13, 16, 19]], // Visa
  [51, 55, [16]], // Mastercard
  [2221, 2720, [16]],
  [34, 34, [15]], // American Express
  [37, 37, [15]],
  [36, 36, [14, 16, 19]], // Diners Club
  [300, 305, [14, 16, 19]],
  [3095, 3095, [14, 16, 19]],
  [38, 39, [14, 16, 19]],
  [6011, 6011, [16, 19]], // Discover
  [644, 649, [16, 19]],
  [65, 65, [16, 19]],
  [3528, 3589, [16, 19]], // JCB
  [62, 62, [16, 17, 18, 19]], // UnionPay
  [81, 82, [16]], // RuPay
  [508, 508, [16]],
  [60, 60, [16]],
  [2200, 2204, [16, 19]], // Mir
  [9792, 9792, [16]], // Troy
  [5018, 5018, [12, 13, 14, 15, 16, 17, 18, 19]], // Maestro
  [5020, 5020, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5038, 5038, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5893, 5893, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6304, 6304, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6759, 6763, [12, 13, 14, 15, 16, 17, 18, 19]],
  [506099, 506198, [16, 18, 19]], // Verve
];

const saysCard = words(
  "card",
  "cards",
  "cc",
  "pan",
  "credit card",
  "debit card",
  "card number",
  "cardnumber",
  "card no",
  "karte",
  "carte",
  "tarjeta",
  "visa",
  "mastercard",
  "amex",
);
const digitsMin = 12;
const digitsMax = 19;
/** Twelve digits, not inside a word or a longer number, nor behind a decimal point. */
const beginning = /(?<![\dA-Za-z]|\d\.)\d(?:[ -]?\d){11}/g;

export const cardNumber: Detector = {
  name: "card-number",
  find(text, field) {
    const found: Finding[] = [];
    if (text.length < digitsMin) return found;
    let isSaid: boolean | undefined;
    // Asked once, and only where a number passed Luhn: a text may be made of such numbers.
    const said: SaysCard = (start, end) =>
      (isSaid ??= saysCard.anywhere(text, field)) && saysCard.near(text, start, end, field);
    for (beginning.lastIndex = 0; ; ) {
      const start = beginning.exec(text)?.index;
      if (start === undefined) return found;
      const end = cardEnd(text, start, said);
      if (end > start) found.push({ start, end });
      beginning.lastIndex = Math.max(end, start + 1);
    }
  },
};

interface SaysCard {
  (start: number, end: number): boolean;
}

function isDigit(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 48 && unit <= 57;
}

const isAlphanumeric = (unit: number): boolean =>
  (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);

/** Where the longest card number from here ends; `start` where there is none. Groups are parted by one space or dash, always the same. */
function cardEnd(text: string, start: number, said: SaysCard): number {
  let digits = "";
  let separator = "";
  let best = start;
  for (let index = start; digits.length < digitsMax && isDigit(text, index); ) {
    digits += text[index]!;
    index++;
    const next = text[index] ?? "";
    if (isDigit(text, index)) continue;
    if (
      digits.length >= digitsMin &&
      !isAlphanumeric(text.charCodeAt(index)) &&
      isCard(digits, () => said(start, index))
    )
      best = index;
    if ((next !== " " && next !== "-") || (separator !== "" && next !== separator)) break;
    separator = next;
    index++;
  }
  return best;
}

function isCard(digits: string, isSaid: () => boolean): boolean {
  return isLuhn(digits) && !isOneDigit(digits) && (isIssued(digits) || isSaid());
}

/** The same with six digits each, the upper end left out. */
const ranges = issuers.map(([from, to, lengths]) => {
  const scale = 10 ** (6 - String(from).length);
  return { from: from * scale, to: (to + 1) * scale, lengths };
});

function isIssued(digits: string): boolean {
  const prefix = Number(digits.slice(0, 6));
  return ranges.some(({ from, to, lengths }) => prefix >= from && prefix < to && lengths.includes(digits.length));
}
