// opa-wasm as this folder uses it, with types that are true: the one place where its untyped edges are touched.
// Its ESM entry leaves loadPolicySync out and its types leave the default export out, hence CommonJS.
import { createRequire } from "node:module";
import { LockkeeperError } from "../base/errors.ts";

interface LoadedPolicy {
  readonly mem: WebAssembly.Memory;
  readonly wasmInstance: WebAssembly.Instance;
  /** Numbers by name. */
  readonly entrypoints: Readonly<Record<string, number>>;
  /** `input` is JSON text; the result is a list of `{ result }`. Throws anything: texts, objects, RuntimeErrors. */
  evaluate(input: ArrayBuffer, entrypoint: number): unknown;
  setData(data: ArrayBuffer): void;
}

interface OpaWasm {
  loadPolicySync(module: WebAssembly.Module, memory: { initial: number; maximum: number }): LoadedPolicy;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a library without types for this entry; the tests run all of it
const opaWasm = createRequire(import.meta.url)("@open-policy-agent/opa-wasm") as OpaWasm;

export interface OpaInstance {
  evaluate(input: ArrayBuffer, entrypoint: number): unknown;
  readonly entrypoints: Readonly<Record<string, number>>;
  readonly exports: Readonly<Record<string, unknown>>;
  /** Names of the functions that the policy would call in JavaScript. */
  readonly hostFunctions: readonly string[];
}

/** Memory in 64 KiB pages. Throws anything. */
export function instantiateOpa(
  module: WebAssembly.Module,
  data: ArrayBuffer,
  initial: number,
  maximum: number,
): OpaInstance {
  const policy = opaWasm.loadPolicySync(module, { initial, maximum });
  policy.setData(data);
  const { exports } = policy.wasmInstance;
  return {
    evaluate: (input, entrypoint) => policy.evaluate(input, entrypoint),
    entrypoints: policy.entrypoints,
    exports,
    hostFunctions: hostFunctions(exports, policy.mem),
  };
}

/** Source: OPA's documentation, "WebAssembly", the ABI's exports. */
function hostFunctions(exports: OpaInstance["exports"], { buffer }: WebAssembly.Memory): string[] {
  const start = call(exports, "opa_json_dump", call(exports, "builtins"));
  const memory = new Uint8Array(buffer);
  const found: unknown = JSON.parse(Buffer.from(memory.subarray(start, memory.indexOf(0, start))).toString("utf8"));
  return Object.keys(typeof found === "object" && found !== null ? found : {});
}

function call(exports: OpaInstance["exports"], name: string, ...args: number[]): number {
  const exported = exports[name];
  const result: unknown = typeof exported === "function" ? Reflect.apply(exported, undefined, args) : undefined;
  if (typeof result !== "number") throw new LockkeeperError("policy-invalid", `the module has no ${name}`);
  return result;
}
