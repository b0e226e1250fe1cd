// The digest that binds an approval to exactly what was shown: SHA-256 over the canonical JSON (RFC 8785) of everything that changes what
// the operation does, and of nothing that does not. Pure. Source: DESIGN §6.
import { createHash } from "node:crypto";
import { assert } from "../base/assert.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { Operation } from "../model/operation.ts";

export interface DigestInput {
  readonly cluster: string;
  readonly principal: string;
  readonly protocol: string;
  /** The API family without its version: `DeleteTopics`. */
  readonly api: string;
  readonly operation: Operation;
  /** What must still hold when the operation runs: topic ids, old config values, matching ACLs. */
  readonly pinned: JsonObject;
}

/** Attributes that say how long the client waits, never what happens; a resend may carry other values. */
const notSemantic: ReadonlySet<string> = new Set(["timeoutMs", "validateOnly"]);

/**
 * 64 hexadecimal digits. Equal for a resend by the same principal, whatever its correlation id, API version, client id or time-out;
 * different for any other cluster, principal, resource, content or pinned fact. A dry run never shares a digest with the real thing.
 */
export function approvalDigest(input: DigestInput): string {
  const { operation } = input;
  const attributes = Object.entries(operation.attributes).filter(([name]) => !notSemantic.has(name));
  const bound: JsonObject = {
    format: 1,
    cluster: input.cluster,
    principal: input.principal,
    protocol: input.protocol,
    api: input.api,
    operation: operation.name,
    resource: { type: operation.resource.type, name: operation.resource.name, id: operation.resource.id ?? null },
    dryRun: operation.dryRun,
    attributes: Object.fromEntries(attributes.map(([name, value]) => [name, inOrder(value ?? null)])),
    pinned: input.pinned,
  };
  return createHash("sha256").update(canonicalJson(bound)).digest("hex");
}

/** Lists of objects (changes, partitions, offsets) are sets: clients list them in any order. Lists of anything else mean their order. */
function inOrder(value: Json): Json {
  if (typeof value !== "object" || value === null || !isList(value)) return value;
  if (!value.every((item) => typeof item === "object" && item !== null && !isList(item))) return value;
  return value.toSorted((a, b) => byCodeUnit(canonicalJson(a), canonicalJson(b)));
}

/** RFC 8785: members in the order of their UTF-16 code units, no white space, ECMAScript's spelling of numbers and strings. */
export function canonicalJson(value: Json): string {
  if (typeof value === "number") assert(Number.isFinite(value), "JSON holds finite numbers only");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members: string[] = [];
  for (const name of Object.keys(value).toSorted(byCodeUnit)) {
    const member = value[name];
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

function byCodeUnit(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
