// Telephone numbers. With + or 00 and a country's code: libphonenumber says whether the country has numbers of that length. In the North American form
// `(415) 555-0132` by its rules. Everything else only where a word nearby says telephone: digits alone may be anything.
import type * as phonenumber from "libphonenumber-js/min";
import { lazily, loadNow } from "../../base/lazy.ts";
import { words } from "./context.ts";
import { digitsOf, isOneDigit } from "./digits.ts";
import { type Place, patternDetector } from "./pattern.ts";

const saysPhone = words(
  "phone",
  "phones",
  "telephone",
  "tel",
  "mobile",
  "cell",
  "cellphone",
  "fax",
  "msisdn",
  "whatsapp",
  "sms",
  "call",
  "phone number",
  "mobile number",
  "contact number",
  "telefon",
  "telefono",
  "telefone",
  "handy",
  "mobil",
  "portable",
  "movil",
  "celular",
  "rufnummer",
  "numero de telephone",
);

/** Seven to fifteen digits, with at most two marks between two of them: `+49 (0)30 1234-567`. */
const international = String.raw`(?:\+|00)[1-9](?:[ ().\/-]{0,2}\d){6,14}`;
const other = String.raw`(?:\(\d{1,5}\)[ .\/-]?)?\d(?:[ ().\/-]{0,2}\d){3,14}`;
const northAmerican = /^(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[.-]\d{4}$/;
/** Dates and times, addresses of machines. */
const otherThings = /^(?:(?:19|20)\d\d[-/.]\d\d[-/.]\d\d|\d\d[-/.]\d\d[-/.](?:19|20)\d\d|\d{1,3}(?:\.\d{1,3}){3}$)/;

const digitsMin = 7;

const library = lazily((): typeof phonenumber => loadNow("libphonenumber-js/min"));

/** Country calling code → how many digits may follow. The library's own look at one number takes 60 µs. */
let lengths: ReadonlyMap<string, ReadonlySet<number>> | null = null;

function readLengths(): ReadonlyMap<string, ReadonlySet<number>> {
  const { getCountries, getCountryCallingCode, Metadata } = library();
  const all = new Map(nonGeographic().map((code) => [code, new Set([6, 7, 8, 9, 10, 11, 12])]));
  const metadata = new Metadata();
  for (const country of getCountries()) {
    const code = getCountryCallingCode(country);
    metadata.selectNumberingPlan(country);
    const known = all.get(code) ?? new Set();
    for (const length of metadata.numberingPlan?.possibleLengths() ?? []) known.add(length);
    all.set(code, known);
  }
  return all;
}

/** ITU-T E.164: freephone, shared cost, satellites, international networks. They belong to no country. */
function nonGeographic(): readonly string[] {
  return ["800", "808", "870", "878", "881", "882", "883", "888", "979"];
}

/** No calling code is the beginning of another. */
function isPossible(digits: string): boolean {
  const known = (lengths ??= readLengths());
  return [1, 2, 3].some((width) => known.get(digits.slice(0, width))?.has(digits.length - width) === true);
}

export const phone = patternDetector({
  name: "phone",
  charsMin: 7,
  hint: /\d[ ()./-]{0,2}\d[ ()./-]{0,2}\d/,
  pattern: new RegExp(String.raw`(?<![\dA-Za-z+]|\d[.,-])(?:${international}|${other})(?![\dA-Za-z]|[.,]\d)`, "g"),
  accepts: isPhone,
});

function isPhone(match: string, { text, start, end, field }: Place): boolean {
  const digits = digitsOf(match);
  if (digits.length < digitsMin || isOneDigit(digits)) return false;
  if (match.startsWith("+")) return isPossible(digitsOf(match.replace("(0)", "")));
  if (northAmerican.test(match)) return true;
  return !otherThings.test(match) && saysPhone.near(text, start, end, field);
}
