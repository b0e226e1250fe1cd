// A mask rule made ready: its method prepared with its options and its key, its place looked up.
// Throws LockkeeperError `policy-invalid` with the end of a sentence that says what is wrong.
import { LockkeeperError } from "../base/errors.ts";
import type { MaskRule, MethodCall } from "../model/decision.ts";
import type { ValueFormat } from "./formats/format.ts";
import type { MaskKey, MaskKeys } from "./keys.ts";
import type { MaskMethod, ReadyMethod } from "./method.ts";
import { methodNamed, methods } from "./methods/index.ts";
import { optionsOf } from "./options.ts";
import { type ReadyPlace, readyPlace } from "./place.ts";

/** What masking is put together from. */
export interface MaskingParts {
  readonly keys: MaskKeys;
  readonly formats: readonly ValueFormat[];
}

export interface ReadyRule {
  readonly rule: MaskRule;
  readonly place: ReadyPlace;
  readonly method: ReadyMethod;
  readonly shows: MaskMethod["shows"];
}

export function readyRule(rule: MaskRule, { keys, formats }: MaskingParts): ReadyRule {
  const method = methodOf(rule.method);
  if (rule.in === "key" && !method.deterministic) {
    throw wrong(
      `${method.name} would make different keys equal, and compaction would then lose records: use hash, token or fpe`,
    );
  }
  const place = readyPlace(rule, formats);
  return { rule, place, method: prepared(method, rule.method, keys), shows: method.shows };
}

function methodOf({ name }: MethodCall): MaskMethod {
  const method = methodNamed(name);
  if (method !== null) return method;
  const known = methods.map((each) => each.name).join(", ");
  throw wrong(`there is no masking method ${JSON.stringify(name)}; there is ${known}`);
}

function prepared(method: MaskMethod, { options }: MethodCall, keys: MaskKeys): ReadyMethod {
  const { key: named, ...others } = options;
  if (!method.keyed && named !== undefined) throw wrong(`the method ${method.name} uses no key`);
  const key = method.keyed ? keyNamed(method.name, named, keys) : null;
  return method.prepare(optionsOf(method.name, method.options, others), key);
}

function keyNamed(method: string, name: unknown, keys: MaskKeys): MaskKey {
  const known = keys.size === 0 ? "it has none" : `it has ${[...keys.keys()].join(", ")}`;
  if (typeof name !== "string") {
    throw wrong(`the method ${method} needs a key: name one of masking.keys of the configuration (${known})`);
  }
  const key = keys.get(name);
  if (key === undefined)
    throw wrong(`there is no key ${JSON.stringify(name)} in masking.keys of the configuration; ${known}`);
  return key;
}

const wrong = (why: string): LockkeeperError => new LockkeeperError("policy-invalid", why);
