// What the policy compiler is asked and what it answers: the same as the structs of main.go, checked where it comes in.
import { z } from "zod";
import { LockkeeperError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";

export type CompilerStep = "check" | "format" | "test" | "build";

/** Steps run in the order check, format, test, build; test and build only where nothing was found wrong before. */
export interface CompilerRequest {
  readonly steps: readonly CompilerStep[];
  /** The author's files by path, tests (`*_test.rego`) included. */
  readonly modules: Readonly<Record<string, string>>;
  /** Ours: part of the build, but not checked against the schema. */
  readonly prelude: Readonly<Record<string, string>>;
  readonly data: JsonObject;
  readonly entrypoints: readonly string[];
  readonly builtins: readonly string[];
  readonly schema: JsonObject;
  readonly package: string;
  readonly rules: Readonly<Record<string, "complete" | "set" | "reserved">>;
}

const place = { file: z.string(), row: z.number().int(), column: z.number().int() };

const answerSchema = z.strictObject({
  version: z.string(),
  problems: z.array(z.strictObject({ ...place, message: z.string() })),
  /** Base 64. */
  wasm: z.string().optional(),
  tests: z.array(
    z.strictObject({
      ...place,
      name: z.string(),
      outcome: z.enum(["pass", "fail", "error", "skip"]),
      message: z.string(),
    }),
  ),
  /** The constant beginning of every reference to input; [] stands for all of it. Null where the compiler cannot tell. */
  inputs: z.array(z.array(z.string())).nullable(),
  /** Members of deny, mask and approve that are written out. */
  literals: z.array(z.strictObject({ ...place, rule: z.string(), value: z.unknown() })),
  unformatted: z.array(z.string()),
});

export type CompilerAnswer = z.infer<typeof answerSchema>;

/** Throws LockkeeperError `setup-failed` for what our own compiler would never say. */
export function readCompilerAnswer(text: string): CompilerAnswer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LockkeeperError("setup-failed", "the policy compiler did not answer in JSON", { cause });
  }
  const read = answerSchema.safeParse(json);
  if (!read.success) {
    throw new LockkeeperError("setup-failed", `the policy compiler answered oddly: ${z.prettifyError(read.error)}`);
  }
  return read.data;
}

/** OPA's compiler, however it is run. */
export interface PolicyCompiler {
  /** Enters the revision: another compiler may build another policy from the same sources. */
  readonly version: string;
  /** Rejects with LockkeeperError `setup-failed` when it cannot run, `policy-invalid` when it was killed at its time limit. */
  run(request: CompilerRequest): Promise<CompilerAnswer>;
}
