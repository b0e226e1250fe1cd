// Schema issues → sentences with a place. A sentence says what would be right; it never repeats a value from the file.
import type { z } from "zod";
import type { ConfigPath, Position, Source } from "./source.ts";
import { suggest } from "./suggest.ts";

/** Something about one place of the file. `onKey` where the key itself is wrong, not its value. */
export interface Mistake {
  readonly path: ConfigPath;
  readonly message: string;
  readonly onKey?: boolean;
}

/** A mistake with its place in a file. */
export interface ConfigProblem extends Position {
  readonly file: string;
  /** `listeners[0].bind`; `""` for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** All mistakes of a failed parse. `knownKeys` gives the keys that a mapping at a path may have. */
export function mistakesOf(
  issues: readonly Issue[],
  source: Source,
  knownKeys: (path: ConfigPath) => readonly string[],
): readonly Mistake[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === "symbol" ? part.toString() : part));
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key, knownKeys(path)));
    if (issue.code === "invalid_union") {
      const inner = closestBranch(issue.errors);
      const moved = inner.map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
      if (moved.length > 0) return mistakesOf(moved, source, knownKeys);
    }
    if (path.length > 0 && !source.has(path)) return [missing(path, issue)];
    return [{ path, message: sentence(issue, valueAt(source.value, path)), onKey: issue.code === "invalid_key" }];
  });
}

/** A branch of a union that had the right shape and failed on its content: its own words say more than the union's. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  return branches.find((issues) => issues.length > 0 && issues.every((issue) => issue.code === "custom")) ?? [];
}

function unknownKey(path: ConfigPath, key: string, known: readonly string[]): Mistake {
  const near = suggest(key, known);
  const help = near === null ? `known here: ${known.join(", ")}` : `did you mean "${near}"?`;
  return { path: [...path, key], message: `unknown key: ${help}`, onKey: true };
}

function missing(path: ConfigPath, issue: Issue): Mistake {
  const own = isOwn(issue) ? `: ${issue.message}` : "";
  return { path, message: `this is missing${own}` };
}

/** The schema's own words, as opposed to the library's, which repeat types and sometimes values. */
function isOwn(issue: Issue): boolean {
  return !/^(Invalid|Too |Unrecognized|Required)/.test(issue.message);
}

function sentence(issue: Issue, value: unknown): string {
  if (isOwn(issue)) return issue.message;
  if (issue.code === "invalid_type")
    return `${kinds[issue.expected] ?? issue.expected} is expected, this is ${kindOf(value)}`;
  if (issue.code === "invalid_value") {
    const names = issue.values.map(String);
    const near = typeof value === "string" ? suggest(value, names) : null;
    return `one of ${names.join(", ")} is expected${near === null ? "" : `: did you mean "${near}"?`}`;
  }
  if (issue.code === "invalid_key") return issue.issues.find(isOwn)?.message ?? "this name is not allowed here";
  if (issue.code === "too_small") return `this is too short or too small: at least ${String(issue.minimum)}`;
  if (issue.code === "too_big") return `this is too long or too large: at most ${String(issue.maximum)}`;
  return "this is not what is expected here";
}

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping (key: value)",
  record: "a mapping (key: value)",
};

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return kinds[typeof value] ?? typeof value;
}

function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = new Map<string, unknown>(Object.entries(value)).get(String(part));
  }
  return value;
}

export function describePath(path: ConfigPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** `lockkeeper.yaml:12:5: listeners[0].cluster: …` */
export function describeProblem(problem: ConfigProblem): string {
  const where = problem.path === "" ? "" : `${problem.path}: `;
  return `${problem.file}:${problem.line}:${problem.column}: ${where}${problem.message}`;
}
