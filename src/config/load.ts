// lockkeeper.yaml → Config, or every mistake in it at once, each with file, line and column. Reads the file and what it refers to.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { checkConfig } from "./check.ts";
import { type ConfigProblem, describePath, describeProblem, type Mistake, mistakesOf } from "./mistakes.ts";
import { type Config, configSchema, configSections } from "./schema.ts";
import { errorCode, type ReadSecret, secretReader } from "./secrets.ts";
import { readSource, type Source } from "./source.ts";
import type { ValueContext } from "./values.ts";

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** `file` is shown as given; what it names is found from the folder it is in. Never throws for what is in the file. */
export function loadConfig(file: string, readSecret: ReadSecret = secretReader()): ConfigResult {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    return whole(file, `the configuration cannot be read (${errorCode(error)})`);
  }
  if (content.length > limits.configBytesMax)
    return whole(file, `the configuration is larger than ${limits.configBytesMax} bytes`);
  return parseConfig(content.toString(), file, { directory: dirname(resolve(file)), readSecret });
}

/** The same, for who cannot go on without. Throws `config-invalid` whose message has a line for each mistake. */
export function loadConfigOrThrow(file: string, readSecret?: ReadSecret): Config {
  const result = loadConfig(file, readSecret);
  if (result.ok) return result.config;
  throw new LockkeeperError("config-invalid", result.problems.map(describeProblem).join("\n"));
}

export function parseConfig(text: string, file: string, context: ValueContext): ConfigResult {
  const source = readSource(text);
  if (source.mistakes.length > 0)
    return {
      ok: false,
      problems: source.mistakes.map(({ position, message }) => ({ file, ...position, path: "", message })),
    };
  const parsed = configSchema(context).safeParse(source.value ?? {});
  const mistakes = parsed.success
    ? checkConfig(parsed.data)
    : [...mistakesOf(parsed.error.issues, source, knownKeys), ...checkConfig(rightSections(source.value, context))];
  if (parsed.success && mistakes.length === 0) return { ok: true, config: parsed.data };
  return { ok: false, problems: placed(mistakes, source, file) };
}

/** The sections that are right by themselves. */
function rightSections(value: unknown, context: ValueContext): Partial<Config> {
  if (typeof value !== "object" || value === null) return {};
  const given = new Map<string, unknown>(Object.entries(value));
  const right = Object.entries(configSections(context)).flatMap(([key, schema]) => {
    const parsed = schema.safeParse(given.get(key));
    return parsed.success ? [[key, parsed.data] as const] : [];
  });
  return Object.fromEntries(right);
}

/** In the order of the file. */
function placed(mistakes: readonly Mistake[], source: Source, file: string): readonly ConfigProblem[] {
  return mistakes
    .map(({ path, message, onKey }) => ({
      file,
      ...source.locate(path, onKey === true ? "key" : undefined),
      path: describePath(path),
      message,
    }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function whole(file: string, message: string): ConfigResult {
  return { ok: false, problems: [{ file, line: 1, column: 1, path: "", message }] };
}

/** The schema as JSON Schema, for editors (deploy/lockkeeper.schema.json) and for naming the keys that are known at a place. */
export function configJsonSchema(): z.core.JSONSchema.JSONSchema {
  const context: ValueContext = { directory: "/", readSecret: () => "not read" };
  return z.toJSONSchema(configSchema(context), { io: "input", unrepresentable: "any" });
}

function knownKeys(path: readonly (string | number)[]): readonly string[] {
  let schemas: readonly z.core.JSONSchema._JSONSchema[] = [configJsonSchema()];
  for (const part of path) {
    schemas = schemas.flatMap(alternatives).flatMap((schema) => {
      const { items, properties, additionalProperties } = schema;
      const next = typeof part === "number" ? items : (properties?.[part] ?? additionalProperties);
      return next === undefined || Array.isArray(next) ? [] : [next];
    });
  }
  return [...new Set(schemas.flatMap(alternatives).flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

/** A schema, or the ones it is a choice of. */
function alternatives(schema: z.core.JSONSchema._JSONSchema): readonly z.core.JSONSchema.JSONSchema[] {
  if (typeof schema === "boolean") return [];
  const choice = schema.anyOf ?? schema.oneOf;
  return choice === undefined ? [schema] : choice.flatMap(alternatives);
}
