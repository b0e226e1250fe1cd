// E-mail addresses (RFC 5321, RFC 6531): around each @ as far as the characters of an address reach. Quoted local parts are found too.
// The domain has a dot and ends in letters, so `user@localhost` and `left-pad@1.3.0` are none; nor is a picture's `icon@2x.png`.
import type { Detector, Finding } from "./detector.ts";

const at = 0x40;
const quote = 0x22;
const isLocal = charsOf("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.!#$%&'*+/=?^_`{|}~-");
const isDomain = charsOf("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-");
const topLevel = /^(?:[A-Za-z]{2,63}|xn--[A-Za-z\d-]{1,59}|[^\0-\x7f]{2,63})$/;
const picture = /^[1-4]x\.(?:png|jpe?g|gif|webp|avif|svg)$/i;
const literal = /\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[\da-fA-F:.]{2,45})\]/y;

export const email: Detector = {
  name: "email",
  find(text) {
    const found: Finding[] = [];
    let done = 0;
    for (let index = text.indexOf("@"); index !== -1; index = text.indexOf("@", Math.max(index + 1, done))) {
      const start = localStart(text, index, done);
      const end = start === index ? index : domainEnd(text, index + 1);
      if (end <= index + 1) continue;
      found.push({ start, end });
      done = end;
    }
    return found;
  },
};

function charsOf(chars: string): (unit: number) => boolean {
  const known = new Set(Array.from(chars, (char) => char.charCodeAt(0)));
  const table = Array.from({ length: 128 }, (_, unit) => known.has(unit));
  return (unit) => (unit < 128 ? table[unit]! : isLetterBeyond(unit));
}

/** Not the spaces and marks of text beyond ASCII: no-break space, the quotes and dashes of typography, full-width punctuation. */
function isLetterBeyond(unit: number): boolean {
  return (
    unit > 0xbf &&
    !(unit >= 0x2000 && unit <= 0x206f) &&
    !(unit >= 0x3000 && unit <= 0x3020) &&
    !(unit >= 0xff00 && unit <= 0xff0f)
  );
}

/** Where the local part before `index` begins; `index` where there is none. Never before `from`. */
function localStart(text: string, index: number, from: number): number {
  let start = index;
  if (text.charCodeAt(index - 1) === quote) {
    // The quote before it on the same side of the last @: quoted parts with an @ inside are found from that on.
    const opening = text.lastIndexOf('"', index - 2);
    const nearest = Math.max(from, index - 66);
    return opening >= nearest && opening < index - 2 ? opening : index;
  }
  while (start > from && isLocal(text.charCodeAt(start - 1))) start--;
  while (start < index && text[start] === ".") start++;
  return start;
}

/** Where the domain ends; `from` where there is none. */
function domainEnd(text: string, from: number): number {
  if (text[from] === "[") {
    literal.lastIndex = from;
    return literal.test(text) ? literal.lastIndex : from;
  }
  let end = from;
  while (end < text.length && isDomain(text.charCodeAt(end))) end++;
  if (text.charCodeAt(end) === at && end - from < 2) return from;
  return trimmedEnd(text, from, end);
}

/** What follows the last label that can be a top-level domain is the sentence's: dots, dashes, numbers. */
function trimmedEnd(text: string, from: number, to: number): number {
  let end = to;
  while (end > from) {
    const dot = text.lastIndexOf(".", end - 1);
    if (dot <= from) return from;
    let last = end;
    while (last > dot + 1 && text[last - 1] === "-") last--;
    if (topLevel.test(text.slice(dot + 1, last)) && !picture.test(text.slice(from, last))) return last;
    end = dot;
  }
  return from;
}
