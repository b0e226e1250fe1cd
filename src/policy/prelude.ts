// The prelude's text and names, in one place for the compiler, the bundle reader and the evaluator.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Read when asked, so that importing this file touches no disk. */
export function preludeText(): string {
  return readFileSync(fileURLToPath(new URL("prelude.rego", import.meta.url)), "utf8");
}

export const preludePath = "lockkeeper_prelude.rego";
/** The package that authors write in. */
export const policyPackage = "lockkeeper";
export const entrypoints = { one: "lockkeeper_prelude/one", many: "lockkeeper_prelude/many" } as const;
/** How the rules of the author's package must be written. */
export const ruleShapes = {
  allow: "complete",
  deny: "set",
  mask: "set",
  approve: "set",
  filter: "set",
  record: "set",
} as const;
/** Top-level names of data.json that would stand in for rules. */
export const reservedData: readonly string[] = ["lockkeeper", "lockkeeper_prelude"];
