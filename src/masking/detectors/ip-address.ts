// IP addresses as Node's `net` reads them: IPv4, also with a port behind it, and IPv6. `1.2.3.4` of a version looks the same and is taken, unless `v` stands
// before it; an object identifier has more parts and is not. `::` by itself and words of hexadecimal letters (`a::b`) are no addresses.
import { isIPv4, isIPv6 } from "node:net";
import type { Detector, Finding } from "./detector.ts";

const hint = /\d\.\d|:[\da-fA-F]{0,4}:/;
/** What an address can be made of; runs do not touch, so each character is looked at once. */
const run = /[\da-fA-F:.]+/g;
const ipv6CharsMax = 45;
const letter = /[A-Za-z\d]/;

export const ipAddress: Detector = {
  name: "ip-address",
  find(text) {
    const found: Finding[] = [];
    if (text.length < 3 || !hint.test(text)) return found;
    for (run.lastIndex = 0; ; ) {
      const match = run.exec(text);
      if (match === null) return found;
      if (match[0].length > 2) inRun(text, match.index, run.lastIndex, found);
    }
  },
};

function inRun(text: string, from: number, to: number, found: Finding[]): void {
  let start = from;
  // A run's first part may be the end of a word: `code:2001:db8::1`.
  if (start > 0 && letter.test(text[start - 1]!)) {
    while (start < to && text[start] !== ":") start++;
  }
  if (to < text.length && letter.test(text[to]!)) return betweenColons(text, start, text.lastIndexOf(":", to), found);
  const end = trimmedEnd(text, start, to);
  const begin = trimmedStart(text, start, end);
  if (end - begin <= ipv6CharsMax && isAddress6(text.slice(begin, end))) found.push({ start: begin, end });
  else betweenColons(text, start, end, found);
}

/** Sentences end in dots and colons; two colons belong to the address. */
function trimmedEnd(text: string, start: number, to: number): number {
  let end = to;
  while (end > start && text[end - 1] === ".") end--;
  if (text[end - 1] === ":" && text[end - 2] !== ":") end--;
  return end;
}

function trimmedStart(text: string, start: number, end: number): number {
  let begin = start;
  while (begin < end && text[begin] === ".") begin++;
  if (text[begin] === ":" && text[begin + 1] !== ":") begin++;
  return begin;
}

/** Eight pairs are read as IPv6 too, and are the address of an interface (EUI-64). */
const pairs = /^[\da-fA-F]{2}(?::[\da-fA-F]{2}){7}$/;
const isAddress6 = (text: string): boolean =>
  text.includes(":") && /\d/.test(text) && isIPv6(text) && !pairs.test(text);

/** IPv4 addresses, with or without ports, one after the other. */
function betweenColons(text: string, from: number, to: number, found: Finding[]): void {
  for (let start = from; start < to; ) {
    const colon = text.indexOf(":", start);
    const stop = colon === -1 || colon > to ? to : colon;
    let end = stop;
    while (end > start && text[end - 1] === ".") end--;
    let begin = start;
    while (begin < end && text[begin] === ".") begin++;
    if (end - begin >= 7 && end - begin <= 15 && isIPv4(text.slice(begin, end))) found.push({ start: begin, end });
    start = stop + 1;
  }
}
