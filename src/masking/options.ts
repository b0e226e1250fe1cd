// What a policy writes beside a format's or method's name, checked by the schema of that format or method.
import type { z } from "zod";
import { LockkeeperError } from "../base/errors.ts";

/** Throws LockkeeperError `policy-invalid` that says what is wrong with which option. */
export function optionsOf<Options>(of: string, schema: z.ZodType<Options>, given: unknown): Options {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw new LockkeeperError("policy-invalid", `the options of ${of} are wrong: ${where}${issue?.message ?? "unknown"}`);
}
