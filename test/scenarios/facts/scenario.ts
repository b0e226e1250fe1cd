// A scenario of facts: the request, the scripted broker, and what people are shown and what is pinned. A field of `shown` that a scenario does
// not name may be anything.
import type { Json } from "../../../src/base/json.ts";
import type { ApiMessages, Init } from "../../../src/protocols/kafka/schema.ts";
import type { Answering } from "../../support/fake-broker.ts";

export interface FactScenario {
  readonly name: string;
  readonly api: ApiMessages;
  readonly version: number;
  readonly request: object;
  /** Which of the request's operations; the first. */
  readonly operation?: number;
  readonly broker: readonly Answering[];
  readonly pinned?: Readonly<Record<string, Json>>;
  readonly shown?: Readonly<Record<string, Json>>;
  readonly bound?: Readonly<Record<string, Json>>;
  /** True where something is sealed into the digest that nobody is shown. */
  readonly secret?: boolean;
  readonly wouldFail?: string;
}

type More = Omit<FactScenario, "name" | "api" | "version" | "request">;

export function scenario<Req, Res>(
  name: string,
  api: ApiMessages<Req, Res>,
  version: number,
  request: Init<Req>,
  more: More,
): FactScenario {
  return { name, api, version, request, ...more };
}
