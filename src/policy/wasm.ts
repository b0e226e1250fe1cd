// One compiled policy, ready to be asked: module compiled once, instances thrown away after any throw, steps and memory limited.
// Knows nothing of operations or decisions. opa-wasm throws strings, objects and RuntimeErrors: here they become one LockkeeperError.
import { describeError, LockkeeperError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import { fuelExport, meter } from "./meter.ts";
import { instantiateOpa, type OpaInstance } from "./opa-runtime.ts";
import { entrypoints } from "./prelude.ts";

export interface PolicyLimits {
  /** Steps of one evaluation. */
  readonly policyFuelMax: number;
  /** WASM memory of one instance, in 64 KiB pages. */
  readonly policyMemoryPagesMax: number;
}

interface Instance {
  readonly policy: OpaInstance;
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
        left = instance.fuel.value;
        return only(result);
      } catch (error) {
        if (instance !== null) left = instance.fuel.value;
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
  const policy = instantiateOpa(module, dataText, initialPages, caps.policyMemoryPagesMax);
  const one = policy.entrypoints[entrypoints.one];
  const many = policy.entrypoints[entrypoints.many];
  if (one === undefined || many === undefined) throw new LockkeeperError("policy-invalid", "the prelude is missing");
  if (policy.hostFunctions.length > 0) {
    const names = policy.hostFunctions.join(", ");
    throw new LockkeeperError("policy-invalid", `it calls ${names}, which the gateway does not provide`);
  }
  const fuel = policy.exports[fuelExport];
  if (!(fuel instanceof WebAssembly.Global)) throw new LockkeeperError("policy-invalid", "the module is not metered");
  return { policy, fuel, one, many };
}

/** OPA answers with a set of results: one for an entry point that is defined, none for one that is not. */
function only(set: unknown): unknown {
  const first: unknown = Array.isArray(set) && set.length === 1 ? set[0] : undefined;
  if (typeof first === "object" && first !== null && "result" in first) return first.result;
  throw new LockkeeperError("policy-unavailable", "the policy gave no answer");
}
