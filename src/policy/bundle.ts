// Ready bundles: OPA's bundle format (a tar.gz with policy.wasm, data.json, .manifest) for gateways that have no compiler.
// Written by us with the prelude inside; what the policy reads of input travels in the manifest's metadata.
// Signatures, ETag polling and roots are not looked at here. Source: OPA's documentation, "Bundle File Format".
import { createHash } from "node:crypto";
import { z } from "zod";
import { LockkeeperError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { CompiledPolicy } from "./compiled.ts";
import { entrypoints } from "./prelude.ts";
import { readTarGz, writeTarGz } from "./tar.ts";

const manifestSchema = z.object({
  revision: z.string().optional(),
  metadata: z
    .object({
      lockkeeper: z
        .object({ inputs: z.array(z.array(z.string())).nullable(), files: z.number().int(), tests: z.number().int() })
        .optional(),
    })
    .optional(),
});
const dataSchema: z.ZodType<JsonObject> = z.record(z.string(), z.json());

export function writeBundle(policy: CompiledPolicy): Buffer {
  const manifest = {
    revision: policy.revision,
    roots: [""],
    rego_version: 1,
    wasm: Object.values(entrypoints).map((entrypoint) => ({ entrypoint, module: "/policy.wasm" })),
    metadata: { lockkeeper: { inputs: policy.inputs, files: policy.files, tests: policy.tests } },
  };
  return writeTarGz(
    new Map<string, Uint8Array>([
      ["data.json", Buffer.from(JSON.stringify(policy.data))],
      ["policy.wasm", policy.wasm],
      [".manifest", Buffer.from(JSON.stringify(manifest))],
    ]),
  );
}

/** Throws LockkeeperError `policy-invalid`. A bundle without our metadata runs, but its decisions are not cached. */
export function readBundle(archive: Uint8Array): CompiledPolicy {
  const files = readTarGz(archive);
  const wasm = files.get("policy.wasm");
  if (wasm === undefined) throw new LockkeeperError("policy-invalid", "the policy bundle holds no policy.wasm");
  const manifest = read(files, ".manifest", manifestSchema, {});
  const own = manifest.metadata?.lockkeeper;
  const hash = createHash("sha256").update(archive).digest("hex").slice(0, 16);
  return {
    wasm: new Uint8Array(wasm),
    data: read(files, "data.json", dataSchema, {}),
    revision: manifest.revision === undefined || manifest.revision === "" ? hash : manifest.revision,
    files: own?.files ?? 1,
    tests: own?.tests ?? 0,
    inputs: own?.inputs ?? null,
  };
}

function read<T>(files: Map<string, Buffer>, name: string, schema: z.ZodType<T>, otherwise: T): T {
  const found = files.get(name);
  if (found === undefined) return otherwise;
  try {
    return schema.parse(JSON.parse(found.toString("utf8")));
  } catch (cause) {
    throw new LockkeeperError("policy-invalid", `the policy bundle's ${name} cannot be read`, { cause });
  }
}
