// What a policy engine is: facts and operations in, one decision for each operation out. It fails closed and never throws.
import type { JsonObject } from "../base/json.ts";
import type { Decision } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import type { Session } from "../model/session.ts";

/** Everything of the input that is the same for all operations of a request. */
export interface PolicyContext {
  readonly session: Session;
  /** Milliseconds since 1970; a cached decision keeps the time at which it was made. */
  readonly now: number;
}

export interface PolicyEngine {
  /** The running revision; `none` before the first load, when everything is denied. */
  readonly revision: string;
  /** Milliseconds in all that evaluating has taken: what was known from before takes none. */
  readonly spentMs?: number;
  /** One decision for each operation, in order. A failure is a denial with cause `policy-unavailable`. */
  decide(context: PolicyContext, operations: readonly Operation[]): readonly Decision[];
  /** Calls `listener` after each change of the running policy, for as long as the engine lives. */
  onChange(listener: () => void): void;
}

/** What a load brought, for the audit log and for `check`. */
export type PolicyLoad =
  | {
      readonly ok: true;
      readonly revision: string;
      readonly files: number;
      readonly tests: number;
      readonly durationMs: number;
    }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[]; readonly running: string };

/** Where a policy is wrong. Rows and columns count from 1; 0 where unknown. */
export interface PolicyProblem {
  readonly file: string;
  readonly row: number;
  readonly column: number;
  readonly message: string;
}

/** The JSON document that policies see; its schema is policies/schema/input.json, its prose policies/README.md. */
export interface PolicyInput extends JsonObject {
  readonly operation: JsonObject;
  readonly principal: JsonObject;
  readonly session: JsonObject;
  readonly client: JsonObject;
  readonly cluster: JsonObject;
  readonly time: JsonObject;
}
