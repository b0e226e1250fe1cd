// One compiled policy, ready to be asked: module compiled once, instances thrown away after any throw, steps and memory limited.
// Knows nothing of operations or decisions. opa-wasm throws strings, objects and RuntimeErrors: here they become one LockkeeperError.
import { createRequire } from "node:module";
import { describeError, LockkeeperError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import { fuelExport, meter } from "./meter.ts";
import { entrypoints } from "./prelude.ts";

export interface PolicyLimits {
  /** Steps of one evaluation. */
  readonly policyFuelMax: number;
  /** WASM memory of one instance, in 64 KiB pages. */
  readonly policyMemoryPagesMax: number;
}

// The package's ESM entry leaves loadPolicySync out, its types leave the default export out: CommonJS has both.
const { loadPolicySync } = createRequire(import.meta.url)(
  "@open-policy-agent/opa-wasm",
) as typeof import("@open-policy-agent/opa-wasm");

type LoadedPolicy = ReturnType<typeof loadPolicySync>;

interface Instance {
  readonly policy: LoadedPolicy;
  readonly fuel: WebAssembly.Global;
  readonly one: number;
  readonly many: number;
}

const encoder = new TextEncoder();
/** What OPA's runtime starts with; a policy's own constants may need more, then it grows. */
const initialPages = 5;

export interface PolicyProgram {
  /**
   * Evaluates an entry point over an input document given as JSON text. `fuel` caps the steps below the program's own limit.
   * Throws LockkeeperError `policy-unavailable`: out of steps, out of memory, conflicting rules, any trap.
   */
  evaluate(entrypoint: "one" | "many", inputText: string, fuel?: number): unknown;
  /** Steps that the last evaluation took, also where it threw. */
  readonly steps: number;
  /** True when the last throw came from running out of steps. */
  readonly exhausted: boolean;
}

/** Compiles (1–2 ms) and makes the first instance. Throws LockkeeperError `policy-invalid` for a module that cannot run. */
export function createProgram(wasm: Uint8Array, data: JsonObject, caps: PolicyLimits = limits): PolicyProgram {
  const module = new WebAssembly.Module(meter(wasm));
  const dataText = encoder.encode(JSON.stringify(data)).buffer;
  let instance: Instance | null;
  try {
    instance = instantiate(module, dataText, caps);
  } catch (error) {
    throw new LockkeeperError("policy-invalid", `the policy cannot be instantiated: ${describeError(error)}`);
  }
  let steps = 0;
  let exhausted = false;
  return {
    get steps() {
      return steps;
    },
    get exhausted() {
      return exhausted;
    },
    evaluate(entrypoint, inputText, fuel = caps.policyFuelMax) {
      const granted = Math.min(fuel, caps.policyFuelMax);
      let left = granted;
      exhausted = false;
      try {
        instance ??= instantiate(module, dataText, caps);
        instance.fuel.value = granted;
        const result: unknown = instance.policy.evaluate(encoder.encode(inputText).buffer, instance[entrypoint]);
        left = Number(instance.fuel.value);
        return only(result);
      } catch (error) {
        if (instance !== null) left = Number(instance.fuel.value);
        instance = null;
        exhausted = left < 0;
        const reason = exhausted ? `the policy took more than ${granted} steps` : describeError(error);
        throw new LockkeeperError("policy-unavailable", reason, { cause: error });
      } finally {
        steps = granted - left;
      }
    },
  };
}

function instantiate(module: WebAssembly.Module, dataText: ArrayBuffer, caps: PolicyLimits): Instance {
  const memory = { initial: initialPages, maximum: caps.policyMemoryPagesMax };
  const policy = loadPolicySync(module, memory);
  policy.setData(dataText);
  const { exports } = policy.wasmInstance as WebAssembly.Instance;
  const known = policy.entrypoints as Record<string, number>;
  const one = known[entrypoints.one];
  const many = known[entrypoints.many];
  if (one === undefined || many === undefined) throw new LockkeeperError("policy-invalid", "the prelude is missing");
  const missing = hostFunctions(policy, exports);
  if (missing.length > 0) {
    throw new LockkeeperError("policy-invalid", `it calls ${missing.join(", ")}, which the gateway does not provide`);
  }
  return { policy, fuel: exports[fuelExport] as WebAssembly.Global, one, many };
}

/** What the policy would call in JavaScript. Ours compile without any (builtins.ts); a bundle made elsewhere may differ. */
function hostFunctions(policy: LoadedPolicy, exports: WebAssembly.Instance["exports"]): string[] {
  const { builtins, opa_json_dump } = exports as { builtins(): number; opa_json_dump(value: number): number };
  const start = opa_json_dump(builtins());
  const memory = new Uint8Array(policy.mem.buffer as ArrayBuffer);
  const text = new TextDecoder().decode(memory.subarray(start, memory.indexOf(0, start)));
  return Object.keys(JSON.parse(text) as Record<string, number>);
}

/** OPA answers with a set of results: one for an entry point that is defined, none for one that is not. */
function only(set: unknown): unknown {
  const first: unknown = Array.isArray(set) && set.length === 1 ? set[0] : undefined;
  if (typeof first === "object" && first !== null && "result" in first) return first.result;
  throw new LockkeeperError("policy-unavailable", "the policy gave no answer");
}
