// Values made by chance with right checksums, reckoned here in a second way: by trying check digits against each standard's own test, not by the sources' code.
import { type Chance, chance } from "./sample.ts";

const perKind = 40;
const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const lower = upper.toLowerCase();
const base62 = `${upper}${lower}0123456789`;

type Made = readonly [field: string, value: string];

const luhn = (digits: string): boolean =>
  Array.from(digits)
    .toReversed()
    .reduce(
      (sum, digit, index) =>
        sum + Array.from(String(Number(digit) * (1 + (index % 2)))).reduce((a, b) => a + Number(b), 0),
      0,
    ) %
    10 ===
  0;

/** `first` with the digits behind it that pass `test`. */
function completed(first: string, width: number, test: (text: string) => boolean): string {
  for (let check = 0; check < 10 ** width; check++) {
    const text = first + String(check).padStart(width, "0");
    if (test(text)) return text;
  }
  return "";
}

/** Until one comes out: some beginnings have no check digit. */
function until(make: () => string): string {
  for (;;) {
    const text = make();
    if (text !== "") return text;
  }
}

function card(by: Chance): string {
  const [prefix, length] = by.of<readonly [string, number]>([
    ["4", 16],
    ["51", 16],
    ["2300", 16],
    ["34", 15],
    ["37", 15],
    ["6011", 16],
    ["3540", 16],
    ["62", 19],
    ["36", 14],
    ["2201", 16],
  ]);
  const digits = completed(prefix + by.digits(length - prefix.length - 1), 1, luhn);
  return by.of([digits, digits, digits.replace(/(.{4})(?=.)/g, "$1 "), digits.replace(/(.{4})(?=.)/g, "$1-")]);
}

const mod97 = (text: string): bigint =>
  BigInt(Array.from(text.slice(4) + text.slice(0, 4), (char) => Number.parseInt(char, 36)).join("")) % 97n;

function iban(by: Chance): string {
  const [country, length] = by.of<readonly [string, number]>([
    ["DE", 22],
    ["FR", 27],
    ["NL", 18],
    ["ES", 24],
    ["PL", 28],
    ["NO", 15],
    ["GB", 22],
    ["MT", 31],
  ]);
  const rest =
    country === "NL" || country === "GB" ? by.chars(upper, 4) + by.digits(length - 8) : by.digits(length - 4);
  const check = until(() => completed("", 2, (two) => two > "01" && mod97(country + two + rest) === 1n));
  const text = country + check + rest;
  return by.of([text, text.replace(/(.{4})(?=.)/g, "$1 ")]);
}

function steuerId(by: Chance): string {
  return until(() => {
    const first = by.chars("123456789", 1) + by.digits(9);
    const counts = Array.from("0123456789", (digit) => first.split(digit).length - 1).filter((count) => count > 1);
    return counts.length === 1 && counts[0]! < 4 ? completed(first, 1, (id) => iso7064(id)) : "";
  });
}

/** ISO/IEC 7064 MOD 11,10 as a test of the whole: ends in 1. */
function iso7064(id: string): boolean {
  let product = 10;
  for (const digit of id.slice(0, -1)) {
    const sum = (product + Number(digit)) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (product + Number(id.at(-1))) % 10 === 1;
}

function nir(by: Chance): string {
  const first =
    by.chars("12", 1) +
    by.digits(2) +
    String(1 + by.under(12)).padStart(2, "0") +
    by.of(["14", "75", "2A", "2B", "33"]) +
    by.digits(6);
  const number = BigInt(first.replace("2A", "19").replace("2B", "18"));
  return completed(first, 2, (text) => (number + BigInt(text.slice(13))) % 97n === 0n && text.slice(13) !== "00");
}

function dni(by: Chance): string {
  const digits = by.digits(8);
  return digits + "TRWAGMYFPDXBNJZSQVHLCKE"[Number(digits) % 23]!;
}

function weights(digits: string, list: readonly number[]): number {
  return list.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0);
}

const pesel = (by: Chance): string =>
  completed(
    by.digits(2) + by.of(["01", "12", "21", "32"]) + by.of(["01", "15", "28"]) + by.digits(4),
    1,
    (id) => weights(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
  );

const bsn = (by: Chance): string =>
  until(() =>
    completed(by.chars("123456789", 1) + by.digits(7), 1, (id) => weights(id, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0),
  );

function cpf(by: Chance): string {
  const good = (digits: string, from: number): boolean => {
    const rest =
      weights(
        digits,
        Array.from({ length: from - 1 }, (_, index) => from - index),
      ) % 11;
    return Number(digits[from - 1]) === (rest < 2 ? 0 : 11 - rest);
  };
  const ten = completed(by.digits(9), 1, (id) => good(id, 10));
  const all = completed(ten, 1, (id) => good(id, 11));
  return all.replace(/(...)(...)(...)(..)/, "$1.$2.$3-$4");
}

/** Verhoeff's table of the dihedral group, and his permutation. */
const dihedral = [
  "0123456789",
  "1234067895",
  "2340178956",
  "3401289567",
  "4012395678",
  "5987604321",
  "6598710432",
  "7659821043",
  "8765932104",
  "9876543210",
];
const permuted = [
  "0123456789",
  "1576283094",
  "5803796142",
  "8916043527",
  "9453126870",
  "4286573901",
  "2793806415",
  "7046913258",
];

const aadhaar = (by: Chance): string =>
  completed(
    by.chars("23456789", 1) + by.digits(10),
    1,
    (id) =>
      Array.from(id)
        .toReversed()
        .reduce((sum, digit, place) => Number(dihedral[sum]![Number(permuted[place % 8]![Number(digit)])]), 0) === 0,
  );

/** The decree's table for odd places; even ones count as they are. */
const oddPlaces = new Map(Array.from("BAKPLCQDREVOSFTGUHMINJWZYX", (letter, value) => [letter, value]));

function codiceFiscale(by: Chance): string {
  const consonants = "BCDFGLMNPRSTVZ";
  const first =
    by.chars(consonants, 6) +
    by.digits(2) +
    by.chars("ABCDEHLMPRST", 1) +
    by.of(["01", "15", "28", "45", "71"]) +
    by.chars("ABCDEFGHIL", 1) +
    by.digits(3);
  const value = (char: string): number => (char >= "A" ? char.charCodeAt(0) - 65 : Number(char));
  const sum = Array.from(first).reduce(
    (total, char, index) => total + (index % 2 === 1 ? value(char) : oddPlaces.get(upper[value(char)]!)!),
    0,
  );
  return first + upper[sum % 26]!;
}

const word = (by: Chance): string => by.chars(lower, 3 + by.under(7));
const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(by: Chance): string {
  const header = { alg: by.of(["HS256", "RS256", "ES256", "EdDSA"]), ...(by.under(2) === 0 ? { typ: "JWT" } : {}) };
  return `${segment(header)}.${segment({ sub: word(by), iat: by.under(1e9) })}.${by.chars(`${base62}-_`, 43)}`;
}

/** Prefixes are put together from parts: a scanner for secrets should find nothing in this file. */
const joined = (...parts: readonly string[]): string => parts.join("");

function key(by: Chance): Made {
  const makers: readonly (() => Made)[] = [
    () => ["", joined("AK", "IA", by.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16))],
    () => ["", `gh${by.chars("pousr", 1)}_${by.chars(base62, 36)}`],
    () => ["", joined("github_", "pat", `_${by.chars(base62, 22)}_${by.chars(base62, 59)}`)],
    () => ["", joined("xo", "xb", `-${by.digits(12)}-${by.digits(12)}-${by.chars(base62, 24)}`)],
    () => ["", joined("sk_", "live", `_${by.chars(base62, 24)}`)],
    () => ["", joined("AI", "za", by.chars(`${base62}-_`, 34), "a")],
    () => ["", joined("np", "m_", by.chars(base62, 36))],
    () => ["", joined("gl", "pat", `-${by.chars(base62, 20)}`)],
    () => ["", joined("S", "G.", `${by.chars(base62, 22)}.${by.chars(base62, 43)}`)],
    () => [
      by.of(["api_key", "clientSecret", "access-token", "x-api-key"]),
      `${by.chars(lower, 1)}${by.chars(base62, 31)}7`,
    ],
  ];
  return by.of(makers)();
}

function pem(by: Chance): string {
  const label = by.of([
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
  ]);
  const lines = Array.from({ length: 3 }, () => by.chars(base62, 64)).join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----`;
}

const pairs = (by: Chance): string => Array.from({ length: 6 }, () => by.chars("0123456789abcdef", 2)).join(":");

const makers: Readonly<Record<string, (by: Chance) => Made>> = {
  email: (by) => [
    "",
    `${word(by)}${by.of(["", ".", "-", "_", "+"])}${word(by)}@${word(by)}.example.${by.of(["com", "org", "de", "co.uk"])}`,
  ],
  "card-number": (by) => ["", card(by)],
  iban: (by) => ["", iban(by)],
  phone: (by) => [
    "",
    by.of([
      `+4420794600${by.digits(2)}`,
      `+1 202-555-01${by.digits(2)}`,
      `(212) 555-01${by.digits(2)}`,
      `+49 30 23125 ${by.digits(3)}`,
      `+33 6 39 98 ${by.digits(2)} ${by.digits(2)}`,
    ]),
  ],
  "ip-address": (by) => [
    "",
    by.of([
      `192.0.2.${by.under(256)}`,
      `10.${by.under(256)}.${by.under(256)}.${by.under(256)}`,
      `2001:db8:${by.chars("123456789abcdef", 4)}::${by.chars("123456789", 2)}`,
    ]),
  ],
  "mac-address": (by) => [
    "",
    by.of([pairs(by), `a${pairs(by).slice(1).replaceAll(":", "-").toUpperCase()}`.replace("a", "A")]),
  ],
  jwt: (by) => ["", token(by)],
  "api-key": key,
  "private-key": (by) => ["", pem(by)],
  "us-ssn": (by) => [by.of(["ssn", ""]), `${100 + by.under(500)}-${10 + by.under(90)}-${1000 + by.under(9000)}`],
  "de-steuer-id": (by) => [by.of(["steuerId", ""]), steuerId(by)],
  "fr-nir": (by) => ["", nir(by)],
  "es-dni": (by) => ["", dni(by)],
  "uk-nino": (by) => ["", `${by.of(["AB", "JG", "CE", "PM", "WK"])}${by.digits(6)}${by.chars("ABCD", 1)}`],
  "nl-bsn": (by) => [by.of(["bsn", "customerBsn"]), bsn(by)],
  "pl-pesel": (by) => ["pesel", pesel(by)],
  "it-codice-fiscale": (by) => ["", codiceFiscale(by)],
  "in-aadhaar": (by) => ["aadhaar", aadhaar(by)],
  "br-cpf": (by) => ["", cpf(by)],
};

/** By detector, with the name of the field where it needs one. The same at every run. */
export function generated(): Readonly<Record<string, readonly Made[]>> {
  return Object.fromEntries(
    Object.entries(makers).map(([name, make], index) => {
      const by = chance(index + 1);
      return [name, Array.from({ length: perKind }, () => make(by))];
    }),
  );
}

/** Numbers and words by chance that mean nothing, in fields of everyday names. */
export function everyday(count: number): readonly Made[] {
  const by = chance(4711);
  const fields = [
    "orderId",
    "offset",
    "amount",
    "createdAt",
    "sku",
    "note",
    "count",
    "trace_id",
    "session",
    "className",
  ];
  return Array.from({ length: count }, () => [
    by.of(fields),
    by.of([
      by.digits(1 + by.under(10)),
      by.digits(13),
      `${by.chars("123456789", 1)}${by.digits(by.under(9))}.${by.digits(2)}`,
      digest(by),
      `${word(by)} ${word(by)} ${by.digits(4)}`,
      new Date(1_700_000_000_000 + by.under(1e9) * 100).toISOString(),
      `${word(by)}-${by.digits(6)}`,
    ]),
  ]);
}

/** A UUID, or a digest. */
function digest(by: Chance): string {
  const hex = by.chars("0123456789abcdef", 32);
  return by.of([hex, hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5")]);
}
