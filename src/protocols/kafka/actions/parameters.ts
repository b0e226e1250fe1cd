// The parameters of an operation that is asked for by its name: each is read once, in the one form that it has.
import { LockkeeperError } from "../../../base/errors.ts";
import type { Json, JsonObject } from "../../../base/json.ts";

export interface ApiRequest {
  /** `DeleteTopics` */
  readonly api: string;
  readonly request: JsonObject;
}

export interface Action {
  /** For help: the parameters and their forms. */
  readonly parameters: Readonly<Record<string, string>>;
  toRequest(given: Parameters): ApiRequest;
}

/** Reads one parameter; throws `message-malformed` when it is missing or of another form. */
export interface Parameters {
  text(name: string): string;
  textOr(name: string, otherwise: string): string;
  number(name: string): number;
  /** `[0, 3]` */
  partitions(name: string): number[];
  /** `{"0": "17"}`: by partition. */
  offsets(name: string): [number, string][];
  /** `{"0": [1, 2]}`: brokers by partition; null for none. */
  replicas(name: string): [number, number[] | null][];
  /** `{"retention.ms": "1000"}`; null removes. */
  settings(name: string): [string, string | null][];
  /** Of the action as a whole: `acl.create: operation is one of read, write`. */
  wrong(name: string, form: string): LockkeeperError;
}

export function parametersOf(action: string, given: JsonObject): Parameters {
  const wrong = (name: string, form: string) =>
    new LockkeeperError("message-malformed", `${action}: ${name} is ${form}`);
  const entries = (name: string): [string, Json][] => {
    const value = given[name];
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(name, "an object");
    return Object.entries(value).map(([key, item]) => [key, item ?? null]);
  };
  const byPartition = (name: string): [number, Json][] =>
    entries(name).map(([key, value]) => {
      if (!/^\d{1,9}$/.test(key)) throw wrong(name, "an object by partition");
      return [Number(key), value];
    });
  const numbers = (name: string, value: Json | undefined): number[] => {
    if (isNumbers(value)) return [...value];
    throw wrong(name, "a list of whole numbers");
  };
  const scalar = (name: string, value: Json): string => {
    if (typeof value === "object") throw wrong(name, "an object of texts and numbers");
    return String(value);
  };
  const text = (name: string): string => {
    const value = given[name];
    if (typeof value === "string" && value !== "") return value;
    throw wrong(name, "a text");
  };
  return {
    text,
    textOr: (name, otherwise) => (given[name] === undefined ? otherwise : text(name)),
    number(name) {
      const value = given[name];
      if (isWhole(value)) return value;
      throw wrong(name, "a whole number");
    },
    partitions: (name) => numbers(name, given[name]),
    offsets: (name) => byPartition(name).map(([partition, value]) => [partition, scalar(name, value)]),
    replicas: (name) =>
      byPartition(name).map(([partition, value]) => [partition, value === null ? null : numbers(name, value)]),
    settings: (name) => entries(name).map(([key, value]) => [key, value === null ? null : scalar(name, value)]),
    wrong,
  };
}

function isWhole(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value);
}

function isNumbers(value: Json | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((one: Json) => isWhole(one));
}
