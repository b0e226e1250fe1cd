// Where secrets come from: the only reader of the environment. What it returns is Sensitive; what it says when it cannot read
// names the place and never the content.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { limits } from "../base/limits.ts";
import { Sensitive } from "../base/sensitive.ts";

/** What the configuration writes instead of a secret. */
export type SecretRef = { readonly env: string } | { readonly file: string };

/** Returns in words what is missing. Relative files start from `directory`. */
export type ReadSecret = (ref: SecretRef, directory: string) => Sensitive<string> | string;

/** Reads from a copy of `environment` and from files. A file's last line break is not part of the secret: editors put it there. */
export function secretReader(environment: NodeJS.ProcessEnv = process.env): ReadSecret {
  return (ref, directory) => {
    if ("env" in ref) {
      const value = environment[ref.env];
      if (value === undefined) return `the environment variable ${ref.env} is not set`;
      return value === "" ? `the environment variable ${ref.env} is empty` : new Sensitive(value);
    }
    return readSecretFile(ref.file, resolve(directory, ref.file));
  };
}

function readSecretFile(name: string, path: string): Sensitive<string> | string {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    return `the secret's file ${name} cannot be read (${errorCode(error)})`;
  }
  if (content.length > limits.secretBytesMax)
    return `the secret's file ${name} is larger than ${limits.secretBytesMax} bytes`;
  const value = content.toString().replace(/\r?\n$/, "");
  return value === "" ? `the secret's file ${name} is empty` : new Sensitive(value);
}

/** `ENOENT`: all that a failed read may say. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error";
}
