// The YAML text with its positions: what is written where. Pure. Its messages never quote the file, since a secret may stand in it.
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";

export interface Position {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

export type ConfigPath = readonly (string | number)[];

export interface Source {
  /** What the text says, as plain values; undefined where it could not be read. */
  readonly value: unknown;
  readonly mistakes: readonly { readonly position: Position; readonly message: string }[];
  /**
   * Where the value at `path` stands, or what comes closest to it: for something missing that is the key it is missing from.
   * With `key`, where the last part of `path` is written as a key.
   */
  locate(path: ConfigPath, key?: "key"): Position;
  has(path: ConfigPath): boolean;
}

/** In words; codes that are not listed are said as they are. The library's own messages quote the file. */
const words: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this key is given twice",
  BAD_INDENT: "the indentation does not fit",
  TAB_AS_INDENT: "tabs cannot indent YAML: use spaces",
  MISSING_CHAR: "a character is missing here: a colon, a quote, a comma or a bracket",
  MULTIPLE_DOCS: "one file holds one document: remove ---",
  MULTILINE_IMPLICIT_KEY: "a key goes over several lines: a colon or a quote is missing",
  BLOCK_AS_IMPLICIT_KEY: "a value goes on where it should end: an indentation or a quote is wrong",
};

export function readSource(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, version: "1.2" });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const mistakes = [...document.errors, ...document.warnings].map((error) => ({
    position: at(error.pos[0]),
    message: words[error.code] ?? `this is not valid YAML (${error.code})`,
  }));

  function walk(path: ConfigPath, key?: "key"): { readonly offset: number; readonly whole: boolean } {
    let node: unknown = document.contents;
    let offset = offsetOf(node) ?? 0;
    for (const [index, part] of path.entries()) {
      const pair = isMap(node) ? pairOf(node, part) : undefined;
      const child = isSeq(node) && typeof part === "number" ? node.items[part] : pair?.value;
      if (pair === undefined && child === undefined) return { offset, whole: false };
      const keyOffset = offsetOf(pair?.key) ?? offset;
      const last = index === path.length - 1;
      // A mapping begins at its first key, which is a poor place for what is missing in it: there the key above it is better.
      offset = (last && key === "key") || isMap(child) ? keyOffset : (offsetOf(child) ?? keyOffset);
      if (isMap(child) && pair === undefined) offset = offsetOf(child) ?? offset;
      node = child;
    }
    return { offset, whole: true };
  }

  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) === undefined)
        mistakes.push({ position: at(alias.range?.[0] ?? 0), message: "this alias has no anchor before it" });
    },
  });
  const value = mistakes.length > 0 ? undefined : plainValue(document);
  if (value instanceof Error) mistakes.push({ position: at(0), message: "aliases expand beyond what is accepted" });

  return {
    value,
    mistakes,
    locate: (path, key) => at(walk(path, key).offset),
    has: (path) => walk(path).whole,
  };
}

/** Expanding aliases can fail, in words that quote the file: only that it failed is kept. */
function plainValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return new Error("not expandable");
  }
}

function pairOf(map: YAMLMap, key: string | number): Pair | undefined {
  const found = map.items.find(
    (item) => isPair(item) && (isScalar(item.key) ? String(item.key.value) : item.key) === String(key),
  );
  return found;
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
