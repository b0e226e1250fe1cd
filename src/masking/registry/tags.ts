// Patterns over full field names, as a registry's metadata has them. Source: Confluent's documentation of data contracts, "Tags"; its clients'
// wildcard matcher. A pattern may come from anybody who can register a schema, so none is made a regular expression.
import type { TagPattern } from "./schema.ts";

/** The tags of all patterns that match the whole of `fullName`. */
export function tagsOf(patterns: readonly TagPattern[], fullName: string): readonly string[] {
  return patterns.flatMap(({ pattern, tags }) => (matchesPattern(fullName, pattern) ? tags : []));
}

type Token = { readonly kind: "char"; readonly char: string } | { readonly kind: "one" | "part" | "all" };

/** `?` is one character and `*` any number of them within a part (between dots), `**` any number anywhere; a backslash takes the next as it is. */
export function matchesPattern(text: string, pattern: string): boolean {
  const tokens = parse(pattern);
  // Places in the pattern that are reached before each character: linear in the text for a given pattern.
  let reached = skipEmpty(new Set([0]), tokens);
  for (const char of text) {
    const next = new Set<number>();
    for (const at of reached) {
      const token = tokens[at];
      if (token === undefined || !takes(token, char)) continue;
      next.add(token.kind === "part" || token.kind === "all" ? at : at + 1);
    }
    reached = skipEmpty(next, tokens);
    if (reached.size === 0) return false;
  }
  return reached.has(tokens.length);
}

function takes(token: Token, char: string): boolean {
  if (token.kind === "char") return token.char === char;
  return token.kind === "all" || char !== ".";
}

/** A star may stand for nothing. */
function skipEmpty(places: Set<number>, tokens: readonly Token[]): Set<number> {
  for (const at of places) {
    const kind = tokens[at]?.kind;
    if (kind === "part" || kind === "all") places.add(at + 1);
  }
  return places;
}

function parse(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  const chars = Array.from(pattern.replaceAll("**.*", "**"));
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === "\\" && at + 1 < chars.length) tokens.push({ kind: "char", char: chars[++at]! });
    else if (char === "?") tokens.push({ kind: "one" });
    else if (char !== "*") tokens.push({ kind: "char", char });
    else if (chars[at + 1] === "*") {
      tokens.push({ kind: "all" });
      at++;
    } else tokens.push({ kind: "part" });
  }
  return tokens;
}
