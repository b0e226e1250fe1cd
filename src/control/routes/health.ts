// Health for orchestrators and people: is the process alive, would a client be served, and if not, why. No secrets, no principals.
import { z } from "zod";
import type { JsonObject } from "../../base/json.ts";
import { type AnyRoute, route } from "../route.ts";

export interface HealthReport extends JsonObject {
  readonly ready: boolean;
}

export interface Health {
  live(): boolean;
  /** Whether a client would be served, and the state of each part. */
  report(): Promise<HealthReport>;
}

export function healthRoutes(health: Health): AnyRoute[] {
  return [
    route({
      method: "GET",
      path: "/health/live",
      access: "open",
      name: "live",
      summary: "200 while the process works.",
      answer: z.looseObject({ live: z.boolean() }),
      handle: async () => ({ status: health.live() ? 200 : 503, body: { live: health.live() } }),
    }),
    route({
      method: "GET",
      path: "/health/ready",
      access: "open",
      name: "ready",
      summary: "200 while a client would be served, else 503; with the state of each part.",
      answer: z.looseObject({ ready: z.boolean() }),
      async handle() {
        const report = await health.report();
        return { status: report.ready ? 200 : 503, body: report };
      },
    }),
  ];
}
