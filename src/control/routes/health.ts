// Health for orchestrators and people: is the process alive, would a client be served, and if not, why. No secrets, no principals.
import { z } from "zod";
import type { JsonObject } from "../../base/json.ts";
import { type AnyRoute, route } from "../route.ts";

export interface Health {
  live(): boolean;
  ready(): boolean;
  details(): JsonObject;
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
      handle: async () => ({
        status: health.ready() ? 200 : 503,
        body: { ready: health.ready(), ...health.details() },
      }),
    }),
  ];
}
