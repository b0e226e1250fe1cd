// IBANs (ISO 13616): a country of the registry, its length, and the remainder by 97. As it is printed, in groups, or in one piece.
import type { Detector, Finding } from "./detector.ts";

/** Length by country, from SWIFT's IBAN registry. */
const lengths: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AL: 28,
  AT: 20,
  AZ: 28,
  BA: 20,
  BE: 16,
  BG: 22,
  BH: 22,
  BI: 27,
  BR: 29,
  BY: 28,
  CH: 21,
  CR: 22,
  CY: 28,
  CZ: 24,
  DE: 22,
  DJ: 27,
  DK: 18,
  DO: 28,
  EE: 20,
  EG: 29,
  ES: 24,
  FI: 18,
  FK: 18,
  FO: 18,
  FR: 27,
  GB: 22,
  GE: 22,
  GI: 23,
  GL: 18,
  GR: 27,
  GT: 28,
  HN: 28,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IQ: 23,
  IS: 26,
  IT: 27,
  JO: 30,
  KW: 30,
  KZ: 20,
  LB: 28,
  LC: 32,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  LY: 25,
  MC: 27,
  MD: 24,
  ME: 22,
  MK: 19,
  MN: 20,
  MR: 27,
  MT: 31,
  MU: 30,
  NI: 28,
  NL: 18,
  NO: 15,
  OM: 23,
  PK: 24,
  PL: 28,
  PS: 29,
  PT: 25,
  QA: 29,
  RO: 24,
  RS: 22,
  RU: 33,
  SA: 24,
  SC: 31,
  SD: 18,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  SO: 23,
  ST: 25,
  SV: 28,
  TL: 23,
  TN: 24,
  TR: 26,
  UA: 29,
  VA: 22,
  VG: 24,
  XK: 20,
  YE: 30,
};

const charsMin = 15;
const beginning = /(?<![\dA-Za-z])[A-Za-z]{2}[ -]?\d\d(?=[ -]?[\dA-Za-z])/g;

export const iban: Detector = {
  name: "iban",
  find(text) {
    const found: Finding[] = [];
    if (text.length < charsMin) return found;
    for (beginning.lastIndex = 0; ; ) {
      const match = beginning.exec(text);
      if (match === null) return found;
      const end = ibanEnd(text, match.index);
      if (end > match.index) found.push({ start: match.index, end });
      beginning.lastIndex = Math.max(end, match.index + 1);
    }
  },
};

/** Where the IBAN that begins here ends; `start` where it is none. */
function ibanEnd(text: string, start: number): number {
  const length = lengths[text.slice(start, start + 2).toUpperCase()];
  if (length === undefined) return start;
  let chars = "";
  let index = start;
  for (; chars.length < length; index++) {
    const char = text[index];
    if (char === undefined) return start;
    if (isAlphanumeric(char)) chars += char;
    // One space or dash between two characters, and no more.
    else if ((char !== " " && char !== "-") || !isAlphanumeric(text[index - 1]!)) return start;
  }
  const next = text[index];
  if (next !== undefined && isAlphanumeric(next)) return start;
  return remainder(chars.slice(4) + chars.slice(0, 4)) === 1 ? index : start;
}

function isAlphanumeric(char: string): boolean {
  return (char >= "0" && char <= "9") || (char >= "A" && char <= "Z") || (char >= "a" && char <= "z");
}

/** By 97, with letters as 10 to 35, whatever their case. */
function remainder(chars: string): number {
  let rest = 0;
  for (let index = 0; index < chars.length; index++) {
    const unit = chars.charCodeAt(index);
    const value = unit < 58 ? unit - 48 : (unit & 31) + 9;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}
