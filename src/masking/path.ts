// Field paths: the part of JSONPath (RFC 9535) that names places and asks nothing of the content. `$.a.b`, `$['odd name']`, `[0]`, `[*]`, `.*`,
// `..name`. Filters, slices, unions and negative indexes are refused in words: a mask that silently matches nothing is a leak.
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";

export type PathTarget =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  /** Every member of an object and every element of an array. */
  | { readonly kind: "any" };

/** One step down. `deep`: from the value itself and from everything below it (`..`). */
export type PathStep = PathTarget & { readonly deep: boolean };

const shorthand = /[\p{L}\p{N}_\-\u{80}-\u{10ffff}]+/uy;
const digits = /(?:0|[1-9][0-9]{0,9})(?=\])/y;
const quoted = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/sy;
const escape = /\\(?:u([0-9a-fA-F]{4})|(.))/gs;
const escapes: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  "/": "/",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** The steps below `$`; none means the whole value. Throws LockkeeperError `policy-invalid` that says where and what. */
export function parsePath(path: string): readonly PathStep[] {
  if (!path.startsWith("$")) throw wrong(path, 0, "a field path begins with $");
  const steps: PathStep[] = [];
  for (let at = 1; at < path.length; ) {
    if (steps.length === limits.maskPathStepsMax) throw wrong(path, at, `more than ${limits.maskPathStepsMax} steps`);
    const deep = path.startsWith("..", at);
    const from = deep ? at + 2 : at;
    const [target, end] = path[from] === "[" ? bracket(path, from) : dotted(path, deep ? from : from + 1, at);
    steps.push({ ...target, deep });
    at = end;
  }
  return steps;
}

type Parsed = readonly [target: PathTarget, end: number];

/** A name or `*` at `at`, which follows the dot (or dots) at `dotAt`. */
function dotted(path: string, at: number, dotAt: number): Parsed {
  if (path[dotAt] !== ".") throw wrong(path, dotAt, "a step begins with . or [");
  if (path[at] === "*") return [{ kind: "any" }, at + 1];
  const name = matchAt(shorthand, path, at)?.[0];
  if (name === undefined) throw wrong(path, at, "a name is missing, or needs quotes: ['odd name']");
  if (/^[0-9]/.test(name))
    throw wrong(path, at, `${name} is neither an index, [${name}], nor a name in quotes, ['${name}']`);
  return [{ kind: "name", name: wellFormed(path, at, name) }, at + name.length];
}

function bracket(path: string, open: number): Parsed {
  const at = open + 1;
  const [target, end] = inBracket(path, at);
  if (path[end] === ",") throw wrong(path, end, "several names in one step are not supported: write a rule for each");
  if (path[end] !== "]") throw wrong(path, end, "] is missing");
  return [target, end + 1];
}

function inBracket(path: string, at: number): Parsed {
  if (path[at] === "*") return [{ kind: "any" }, at + 1];
  const text = matchAt(quoted, path, at);
  if (text !== null) return [{ kind: "name", name: unquote(path, at, text) }, at + text[0].length];
  const index = matchAt(digits, path, at)?.[0];
  if (index !== undefined) return [{ kind: "index", index: Number(index) }, at + index.length];
  if (path[at] === "?") throw wrong(path, at, "filters are not supported");
  if (path[at] === "-") throw wrong(path, at, "indexes count from the start: a stream does not know its end");
  if (/^[0-9]*:/.test(path.slice(at))) throw wrong(path, at, "slices are not supported");
  throw wrong(path, at, "an index, * or a name in quotes is missing");
}

function unquote(path: string, at: number, match: RegExpExecArray): string {
  const name = (match[1] ?? match[2] ?? "").replace(escape, (_, hex: string | undefined, char: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    const plain = escapes[char ?? ""];
    if (plain === undefined) throw wrong(path, at, `\\${char ?? ""} is no escape`);
    return plain;
  });
  return wellFormed(path, at, name);
}

/** Half a surrogate pair has no UTF-8 form, so such a name could never match. */
function wellFormed(path: string, at: number, name: string): string {
  if (!name.isWellFormed()) throw wrong(path, at, "the name is not valid Unicode");
  return name;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function wrong(path: string, at: number, why: string): LockkeeperError {
  return new LockkeeperError("policy-invalid", `field path ${JSON.stringify(path)}, character ${at + 1}: ${why}`);
}
