// The words of a story: lists that stay short, partitions as people write them, verbs in the third person, and what went wrong.
import { errorName } from "../errors.ts";

const namedMax = 3;

/** Names of topics that a message knows by id; learnt from the session itself. */
export interface Names {
  readonly topics: ReadonlyMap<string, string>;
}

/** `a, b, c and 2 more`; `nothing` where there is nothing. */
export function some(items: readonly string[], nothing = "nothing"): string {
  if (items.length === 0) return nothing;
  const first = items.slice(0, namedMax).join(", ");
  return items.length > namedMax ? `${first} and ${items.length - namedMax} more` : first;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `topic orders`, `topics orders, payments` */
export function named(noun: string, items: readonly string[], nothing?: string): string {
  if (items.length === 0) return nothing ?? `no ${noun}`;
  return `${items.length === 1 ? noun : `${noun}s`} ${some(items)}`;
}

/** `all topics` where a request leaves the list out to mean that. */
export function allOr(noun: string, items: readonly string[] | null): string {
  return items === null ? `all ${noun}s` : named(noun, items);
}

export function topicOf(
  topic: { readonly name?: string | null; readonly topic?: string; readonly topicId?: string },
  names: Names,
): string {
  const { topicId } = topic;
  const name = topic.name ?? topic.topic ?? "";
  if (name !== "") return name;
  return (topicId !== undefined && names.topics.get(topicId)) || `the topic with id ${topicId ?? "?"}`;
}

/** `orders[0,1,2]` */
export function partitions(topic: string, indexes: readonly number[]): string {
  const shown = indexes.slice(0, 8).join(",");
  return `${topic}[${shown}${indexes.length > 8 ? ",…" : ""}]`;
}

/** `delete topic a` → `deletes topic a`. */
export function third(phrase: string): string {
  const [verb = "", ...rest] = phrase.split(" ");
  return [thirdVerb(verb), ...rest].join(" ");
}

function thirdVerb(verb: string): string {
  if (/(s|sh|ch|x|z|o)$/.test(verb)) return `${verb}es`;
  if (/[^aeiou]y$/.test(verb)) return `${verb.slice(0, -1)}ies`;
  return `${verb}s`;
}

/** One place of an answer that failed. */
export interface Failure {
  /** `orders[3]`, `the group billing`; `""` for the whole. */
  readonly place: string;
  readonly error: string;
  readonly message: string | null;
}

export interface Failures {
  readonly list: readonly Failure[];
  /** Something in the answer succeeded. */
  readonly someSucceeded: boolean;
}

const nameKeys = ["name", "topic", "topicName", "groupId", "resourceName", "transactionalId", "user", "key", "feature"];
const partitionKeys = ["partitionIndex", "index", "partition", "partitionId"];

/** Walks any answer: every error code in it, with the names around it. */
export function failuresOf(response: unknown, names: Names): Failures {
  const list: Failure[] = [];
  let someSucceeded = false;

  /** True where an error code was met in it. */
  function walk(value: unknown, around: string): boolean {
    if (Array.isArray(value)) return value.map((item) => walk(item, around)).some(Boolean);
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return false;
    const fields = value as Readonly<Record<string, unknown>>;
    const place = placeOf(fields, around, names);
    const below = Object.values(fields)
      .map((each) => walk(each, place))
      .some(Boolean);
    let met = false;
    for (const [key, message] of [
      ["errorCode", "errorMessage"],
      ["partitionErrorCode", "errorMessage"],
      ["acknowledgeErrorCode", "acknowledgeErrorMessage"],
    ] as const) {
      const code = fields[key];
      if (typeof code !== "number") continue;
      met = true;
      if (code !== 0) list.push({ place, error: errorName(code), message: textOf(fields[message]) });
      else if (!below && key !== "acknowledgeErrorCode") someSucceeded = true;
    }
    return met || below;
  }

  if (!walk(response, "")) someSucceeded = true;
  return { list, someSucceeded };
}

function placeOf(fields: Readonly<Record<string, unknown>>, around: string, names: Names): string {
  const id = fields["topicId"];
  const name =
    nameKeys.map((key) => fields[key]).find((it) => typeof it === "string" && it !== "") ??
    (typeof id === "string" ? names.topics.get(id) : undefined);
  const partition = partitionKeys.map((key) => fields[key]).find((it) => typeof it === "number");
  const base = typeof name === "string" ? name : around;
  return typeof partition === "number" ? `${base}[${partition}]` : base;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
