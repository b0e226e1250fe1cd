// JSON Web Tokens in compact form (RFC 7515, RFC 7516): a first part that decodes to a JSON header with `alg`, and two or four more parts. The whole token is
// found, signature included; payloads are not looked into.
import type { Detector, Finding } from "./detector.ts";

/** `{"` in base64url. */
const beginning = "eyJ";
const run = /[\w-]+(?:\.[\w-]*){2,}/y;
const isTokenChar = /[\w-]/;

export const jwt: Detector = {
  name: "jwt",
  find(text) {
    const found: Finding[] = [];
    for (let index = text.indexOf(beginning); index !== -1; ) {
      run.lastIndex = index;
      const end = run.test(text) ? run.lastIndex : index;
      if (end > index) inRun(text, index, end, found);
      index = text.indexOf(beginning, end > index ? end : wordEnd(text, index));
    }
    return found;
  },
};

/** What has no dots behind it is passed over as a whole, or else a text of many beginnings is read again and again. */
function wordEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && isTokenChar.test(text[end]!)) end++;
  return end;
}

/** Each part is decoded at most once, whatever stands before the token. */
function inRun(text: string, from: number, to: number, found: Finding[]): void {
  const parts = text.slice(from, to).split(".");
  let start = from;
  for (let index = 0; index + 1 < parts.length; index++) {
    const part = parts[index]!;
    const at = part.indexOf(beginning);
    const header = at === -1 || index + 2 >= parts.length ? null : headerOf(part.slice(at));
    if (header === null) {
      start += part.length + 1;
      continue;
    }
    const count = "enc" in header ? 5 : 3;
    const token = parts.slice(index, index + count);
    const end = start + token.join(".").length;
    found.push({ start: start + at, end });
    start = end + 1;
    index += token.length - 1;
  }
}

/** `{"alg":""}` in base64url. */
const headerCharsMin = 14;

function headerOf(part: string): object | null {
  if (part.length < headerCharsMin) return null;
  const text = Buffer.from(part, "base64url").toString();
  // Cheaper than the error of a parser, for texts that are made to be slow.
  if (!text.includes('"alg"') || !text.trimEnd().endsWith("}")) return null;
  try {
    const header: unknown = JSON.parse(text);
    return typeof header === "object" && header !== null && "alg" in header && typeof header.alg === "string"
      ? header
      : null;
  } catch {
    return null;
  }
}
