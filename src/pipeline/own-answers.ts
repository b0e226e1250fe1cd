// What the gateway answers by itself, without a decision: handshakes, and what is refused for its form. On record, and in the order of requests.
import type { Step } from "../protocols/protocol.ts";
import type { InFlight } from "./in-flight.ts";
import type { RequestParts } from "./request-parts.ts";

type Of<Kind extends Step["kind"]> = Extract<Step, { kind: Kind }>;

export function reply(step: Of<"reply">, frameBytes: number, { audit }: RequestParts, inFlight: InFlight): void {
  audit.request(step, frameBytes);
  audit.replied(step, step.bytes);
  inFlight.fill(inFlight.place(), [step.bytes]);
}

/** Resolves with false where there is no form to refuse it in: the connection ends then. Rejects with `audit-unavailable`. */
export async function refuse(
  step: Of<"refuse">,
  frameBytes: number,
  { audit, counts }: RequestParts,
  inFlight: InFlight,
): Promise<boolean> {
  counts.request("unsupported", frameBytes);
  counts.decisions.deny++;
  const place = inFlight.place();
  await audit.event("operation.denied", { api: step.api, version: step.version, reason: step.reason });
  if (!step.bytes) return false;
  audit.replied({ ...step, correlation: 0 }, step.bytes);
  inFlight.fill(place, [step.bytes]);
  return true;
}
