// A policy folder → its sources in memory, with a hash to tell one state from another. Reads *.rego in all folders below, and the
// data.json at the top; names beginning with a dot are left out (mounted ConfigMaps keep old versions there).
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { parseDocument } from "yaml";
import { describeError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import type { PolicyProblem } from "./engine.ts";
import { reservedData } from "./prelude.ts";

export interface PolicySources {
  readonly directory: string;
  /** Texts by path below the folder, sorted, tests included. */
  readonly modules: Readonly<Record<string, string>>;
  readonly data: JsonObject;
  /** SHA-256 over all paths and bytes. */
  readonly hash: string;
  /** What is wrong before any compiler looks: unreadable files, bad JSON. */
  readonly problems: readonly PolicyProblem[];
}

const dataFile = "data.json";

/** Never rejects: what cannot be read is a problem. */
export async function readSources(directory: string): Promise<PolicySources> {
  const modules: Record<string, string> = {};
  const problems: PolicyProblem[] = [];
  const hash = createHash("sha256");
  let data: JsonObject = {};
  let bytes = 0;
  try {
    for (const path of await sourcePaths(directory)) {
      const body = await readFile(join(directory, path));
      bytes += body.length;
      if (bytes > limits.policySourceBytesMax) {
        problems.push(problem(path, `the policy folder holds more than ${limits.policySourceBytesMax} bytes`));
        break;
      }
      hash.update(`${path.length}:${path}:${body.length}:`).update(body);
      if (path === dataFile) data = readData(body, problems);
      else modules[path] = body.toString("utf8");
    }
  } catch (error) {
    problems.push(problem("", `the policy folder cannot be read: ${describeError(error)}`));
  }
  return { directory, modules, data, hash: hash.digest("hex"), problems };
}

async function sourcePaths(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => path === dataFile || path.endsWith(".rego"))
    .filter((path) => !path.split("/").some((part) => part.startsWith(".")))
    .toSorted();
}

function readData(body: Buffer, problems: PolicyProblem[]): JsonObject {
  const text = body.toString("utf8");
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    // V8 says what is wrong but not always where; YAML, which contains JSON, knows the place.
    const { line, col } = parseDocument(text).errors[0]?.linePos?.[0] ?? { line: 1, col: 1 };
    problems.push({ file: dataFile, row: line, column: col, message: describeError(error) });
    return {};
  }
  if (!isObject(data)) {
    problems.push(problem(dataFile, "data.json must hold an object"));
    return {};
  }
  for (const name of reservedData) {
    if (name in data) problems.push(problem(dataFile, `"${name}" would stand in for rules: choose another name`));
  }
  return data;
}

/** For what JSON.parse made: its values are JSON. */
function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function problem(file: string, message: string): PolicyProblem {
  return { file, row: 0, column: 0, message };
}
