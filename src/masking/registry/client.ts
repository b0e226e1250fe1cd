// Asks a schema registry for schemas: Confluent's API, which Apicurio, Redpanda and Karapace speak too. Reads only. Keeps nothing: that is
// schemas.ts. Source: Confluent's Schema Registry API reference (schemas by id and GUID, versions of a subject).
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { SecureContextOptions } from "node:tls";
import { z } from "zod";
import { LockkeeperError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { Sensitive } from "../../base/sensitive.ts";
import { getJson } from "./http.ts";
import { referenceKey, type SchemaRef } from "./reference.ts";
import type { RegisteredSchema, TagPattern } from "./schema.ts";

export interface RegistrySettings {
  /** What stands before `/schemas/ids/…`. */
  readonly url: string;
  readonly username: string | null;
  readonly password: Sensitive<string> | null;
  /** Instead of both. */
  readonly token: Sensitive<string> | null;
  /** Null: what the system trusts. */
  readonly tls: SecureContextOptions | null;
}

export interface RegistryClient {
  /**
   * Null where the registry says that there is none, or what it has is beyond our limits or cannot be understood. Rejects with LockkeeperError
   * `registry-unavailable` where it cannot be asked, or refuses to answer us.
   */
  schema(ref: SchemaRef): Promise<RegisteredSchema | null>;
  close(): void;
}

const answerSchema = z.object({
  schema: z.string(),
  schemaType: z.enum(["AVRO", "PROTOBUF", "JSON"]).nullish(),
  references: z.array(z.object({ name: z.string(), subject: z.string(), version: z.int() })).nullish(),
  metadata: z.object({ tags: z.record(z.string(), z.array(z.string())).nullish() }).nullish(),
});
type Answer = z.output<typeof answerSchema>;

export function createRegistryClient(settings: RegistrySettings): RegistryClient {
  const base = settings.url.replace(/\/+$/, "");
  const pool = { keepAlive: true, maxSockets: limits.registryConnectionsMax, maxFreeSockets: 2 };
  const agent = base.startsWith("https:") ? new HttpsAgent({ ...pool, ...settings.tls }) : new HttpAgent(pool);

  async function ask(path: string): Promise<Answer | null> {
    const { status, body } = await getJson({
      url: new URL(`${base}${path}`),
      agent,
      headers: { accept: "application/vnd.schemaregistry.v1+json, application/json", ...credential(settings) },
      msMax: limits.registryAskMsMax,
      bytesMax: limits.registryAnswerBytesMax,
    });
    if (status === 404) return null;
    if (status !== 200) throw new LockkeeperError("registry-unavailable", `it answered with status ${status}`);
    const answer = answerSchema.safeParse(body);
    return answer.success ? answer.data : null;
  }

  return {
    async schema(ref) {
      const root = await ask(`/schemas/${referenceKey(ref)}`);
      return root === null ? null : await withReferences(root, ask);
    },
    close: () => agent.destroy(),
  };
}

function credential({ username, password, token }: RegistrySettings): Record<string, string> {
  if (token !== null) return { authorization: `Bearer ${token.reveal()}` };
  if (username === null || password === null) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString("base64")}` };
}

/** Null where a reference is missing, or there are too many. */
async function withReferences(
  root: Answer,
  ask: (path: string) => Promise<Answer | null>,
): Promise<RegisteredSchema | null> {
  const references = new Map<string, string>();
  const tags: TagPattern[] = tagsIn(root);
  const begun = new Set<string>();
  let chars = root.schema.length;

  async function add(of: Answer, depth: number): Promise<boolean> {
    for (const { name, subject, version } of of.references ?? []) {
      if (begun.has(name)) continue;
      begun.add(name);
      if (depth === limits.registryReferenceDepthMax || begun.size > limits.registryReferencesMax) return false;
      // Deleted versions are still what old records were written with.
      const found = await ask(`/subjects/${encodeURIComponent(subject)}/versions/${version}?deleted=true`);
      if (found === null) return false;
      chars += found.schema.length;
      if (chars > limits.registryAnswerBytesMax || !(await add(found, depth + 1))) return false;
      references.set(name, found.schema);
      tags.push(...tagsIn(found));
    }
    return true;
  }

  if (!(await add(root, 0))) return null;
  return {
    type: root.schemaType ?? "AVRO",
    text: root.schema,
    references: [...references].map(([name, text]) => ({ name, text })),
    tags,
  };
}

function tagsIn({ metadata }: Answer): TagPattern[] {
  return Object.entries(metadata?.tags ?? {}).map(([pattern, tags]) => ({ pattern, tags }));
}
