// The values that configuration is written in: durations, addresses, paths, secrets. Each says what it expects when it gets
// something else, and never repeats what it got: that might be a secret in the wrong place.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { durationPattern, durationText, parseDuration } from "../base/duration.ts";
import type { ReadSecret, SecretRef } from "./secrets.ts";

/** What values are resolved against. */
export interface ValueContext {
  /** Where relative paths start: the folder of the configuration file. */
  readonly directory: string;
  readonly readSecret: ReadSecret;
}

/** `20s`, `4h`, `15m`, `400d`, `500ms` → milliseconds. */
export function duration() {
  return z
    .string({ error: durationText })
    .regex(durationPattern, { error: durationText })
    .transform((value) => parseDuration(value) ?? Number.NaN);
}

const unitBytes: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** `512MiB`, `20GiB` → bytes. */
export function size() {
  const text = "a size is a whole number with a unit: 512MiB, 20GiB, 1TiB";
  return z
    .string({ error: text })
    .regex(/^[1-9]\d{0,5}(KiB|MiB|GiB|TiB)$/, { error: text })
    .transform((value) => Number.parseInt(value, 10) * (unitBytes[value.replace(/\d+/, "")] ?? Number.NaN));
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[::1]:9092` → host without brackets, port. `lowest` is 0 where the system may choose. */
export function hostPort(lowest: 0 | 1) {
  const text = `an address is host:port with a port from ${lowest} to 65535, such as 127.0.0.1:9092`;
  const pattern = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)):(\d{1,5})$/;
  return z
    .string({ error: text })
    .regex(pattern, { error: text })
    .transform((value, context): HostPort => {
      const [, v6, dns, port] = pattern.exec(value) ?? [];
      const host = v6 ?? dns ?? "";
      const number = Number(port);
      if (number >= lowest && number <= 65_535) return { host, port: number };
      context.addIssue({ code: "custom", message: text });
      return z.NEVER;
    });
}

/** A URL with one of these protocols (`https:`), as it was written. No user and no password: those are secrets. */
export function url(protocols: readonly string[]) {
  const text = `a URL is expected, beginning with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`;
  return z.string({ error: text }).superRefine((value, context) => {
    const parsed = URL.parse(value);
    if (parsed === null || !protocols.includes(parsed.protocol)) context.addIssue({ code: "custom", message: text });
    else if (parsed.username !== "" || parsed.password !== "")
      context.addIssue({
        code: "custom",
        message: "a URL here holds no user name and no password: a secret is never written into this file",
      });
  });
}

/** A path, made absolute. `kind` says what must be there already; `anything` what may still be made. */
export function path(context: ValueContext, kind: "file" | "directory" | "anything") {
  const text = kind === "anything" ? "a path is expected" : `the path of a ${kind} is expected`;
  return z
    .string({ error: text })
    .min(1, { error: text })
    .transform((value, issues) => {
      const absolute = resolve(context.directory, value);
      if (kind === "anything") return absolute;
      const stat = statSync(absolute, { throwIfNoEntry: false });
      if (stat === undefined) issues.addIssue({ code: "custom", message: `there is no such ${kind}: ${absolute}` });
      else if (kind === "file" ? !stat.isFile() : !stat.isDirectory())
        issues.addIssue({ code: "custom", message: `this is not a ${kind}: ${absolute}` });
      return absolute;
    });
}

/** `{ env: NAME }` or `{ file: PATH }` → Sensitive<string>. */
export function secret(context: ValueContext) {
  const text = "a secret is never written into this file: say where it is, as { env: NAME } or { file: PATH }";
  const ref = z.union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })], {
    error: text,
  });
  return ref.transform((value: SecretRef, issues) => {
    const read = context.readSecret(value, context.directory);
    if (typeof read !== "string") return read;
    issues.addIssue({ code: "custom", message: read });
    return z.NEVER;
  });
}

/** What is left out becomes null, so that who reads the configuration has one way to say "none". */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().transform((value) => value ?? null);
}

/** A name that people give to something: shown in logs and messages, so without control characters. */
export function name() {
  const text = "a name is expected: 1 to 256 characters without control characters";
  return z.string({ error: text }).regex(/^[^\p{Cc}]{1,256}$/u, { error: text });
}

/** At least one, none twice. */
export function someOf<Schema extends z.ZodType>(schema: Schema, what: string) {
  return z
    .array(schema, { error: `a list of ${what} is expected` })
    .min(1, { error: `at least one of ${what} is needed` });
}
