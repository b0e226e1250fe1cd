// What the policy tests share: the real compiler, policies written inline, facts that read well.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { JsonObject } from "../../../src/base/json.ts";
import type { Identity } from "../../../src/model/identity.ts";
import type { Operation, ResourceType, Verb } from "../../../src/model/operation.ts";
import type { Session } from "../../../src/model/session.ts";
import type { AnswerChecks } from "../../../src/policy/answer.ts";
import { type Compilation, compilePolicy } from "../../../src/policy/compile.ts";
import type { CompiledPolicy } from "../../../src/policy/compiled.ts";
import { findPolicyCompiler } from "../../../src/policy/compiler/build.ts";
import type { PolicyCompiler } from "../../../src/policy/compiler/protocol.ts";
import { readSources } from "../../../src/policy/sources.ts";

let found: Promise<PolicyCompiler> | undefined;

/** The compiler of this machine; builds it at the first call where it is missing. */
export function compiler(): Promise<PolicyCompiler> {
  found ??= findPolicyCompiler();
  return found;
}

export async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "lockkeeper-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Compiles files given as texts. */
export async function compileFiles(
  files: Readonly<Record<string, string>>,
  checks?: AnswerChecks,
): Promise<Compilation> {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, files);
  return compilePolicy(await readSources(folder.path), await compiler(), checks);
}

/** The same for what must compile: one policy file and data. */
export async function compiled(rego: string, data: JsonObject = {}): Promise<CompiledPolicy> {
  const result = await compileFiles({
    "policy.rego": `package lockkeeper\n${rego}`,
    "data.json": JSON.stringify(data),
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.policy;
}

export function identity(over: Partial<Identity> = {}): Identity {
  return {
    principal: "alice",
    groups: ["analysts"],
    mechanism: "plain",
    issuer: null,
    claims: {},
    expiresAt: null,
    ...over,
  };
}

export function session(over: Partial<Session> = {}): Session {
  return {
    id: "ses_1",
    protocol: "kafka",
    cluster: "main",
    listener: "127.0.0.1:19092",
    node: null,
    client: "10.0.0.7:50123",
    startedAt: 1_700_000_000_000,
    tls: false,
    identity: identity(),
    software: { name: "kafkajs", version: "2.2.4" },
    clientId: "reports",
    ...over,
  };
}

const verbs: readonly Verb[] = ["read", "write", "create", "delete", "alter", "describe"];
const types: readonly ResourceType[] = ["topic", "group", "cluster", "transactional-id", "broker"];

/** `operation("topic.read", "orders")`: verb and resource type follow from the name. */
export function operation(name: string, resource: string, over: Partial<Operation> = {}): Operation {
  const [prefix, act = ""] = name.split(".");
  return {
    name,
    verb: verbs.find((known) => act.startsWith(known)) ?? "alter",
    risk: "low",
    resource: { type: types.find((known) => known === prefix) ?? "cluster", name: resource },
    attributes: {},
    dryRun: false,
    cacheable: false,
    ...over,
  };
}

/** Wednesday, 2023-11-15 02:13:20 UTC; any fixed moment does. */
export const someTime = 1_700_014_400_000;
