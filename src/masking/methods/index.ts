// The masking methods that policies can name. To add one: a file here that implements MaskMethod, and a place in this list.
import type { MaskMethod } from "../method.ts";
import { redact } from "./redact.ts";

export const methods: readonly MaskMethod[] = [redact];

const byName = new Map<string, MaskMethod>(methods.map((method) => [method.name, method]));

/** The method of that name, or null. */
export function methodNamed(name: string): MaskMethod | null {
  return byName.get(name) ?? null;
}
