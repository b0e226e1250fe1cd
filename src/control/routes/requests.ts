// Asking ahead over HTTP: for an operation before the command is run, or for a role for a time. The approval is bound to the caller.
import { z } from "zod";
import { parseDuration } from "../../base/duration.ts";
import { LockkeeperError } from "../../base/errors.ts";
import type { Grant } from "../../model/approval.ts";
import type { AheadAnswer, AheadCaller, AheadRequest } from "../../pipeline/ahead.ts";
import { type AnyRoute, type Call, ok, route } from "../route.ts";
import { approvalAnswer } from "./approvals.ts";

export interface RequestRoutesParts {
  /** Cluster names, the first of which is meant where a request names none and there is only one. */
  readonly clusters: readonly string[];
  ask(cluster: string, caller: AheadCaller, asked: AheadRequest, reason: string): Promise<readonly AheadAnswer[]>;
  grants(cluster: string, principal: string): readonly Grant[];
}

const reason = z.string().min(1).max(1_000);
const cluster = z.string().optional();
const json = z.record(z.string(), z.json());
const elevationMsMax = 7 * 86_400_000;
const duration = z.string().transform((text, issues) => {
  const ms = parseDuration(text);
  if (ms !== null && ms <= elevationMsMax) return ms;
  issues.addIssue({ code: "custom", message: "a duration up to 7d is expected, such as 1h" });
  return z.NEVER;
});
const body = z.union([
  z.strictObject({ cluster, action: z.string(), parameters: json, reason }),
  z.strictObject({ cluster, api: z.string(), request: json, reason }),
  z.strictObject({ cluster, role: z.string().min(1).max(256), for: duration, reason }),
]);
type Body = z.output<typeof body>;

const answer = z.strictObject({
  operations: z.array(
    z.strictObject({
      operation: z.string(),
      resource: z.string(),
      outcome: z.enum(["pending", "approved", "denied", "allowed", "would-fail", "unavailable"]),
      message: z.string(),
      approval: approvalAnswer.nullable(),
    }),
  ),
});

export function requestRoutes({ clusters, ask, grants }: RequestRoutesParts): AnyRoute[] {
  const clusterOf = (named: string | undefined): string => {
    const found = named === undefined && clusters.length === 1 ? clusters[0] : clusters.find((name) => name === named);
    if (found !== undefined) return found;
    throw new LockkeeperError("message-malformed", `cluster: one of ${clusters.join(", ")} is expected`);
  };
  return [
    route({
      method: "POST",
      path: "/v1/requests",
      access: "person",
      name: "request",
      summary:
        "Asks before the command is run: an operation by its name in policies or as a Kafka request, or a role for a time.",
      body,
      answer,
      async handle(call: Call<unknown, unknown, Body>) {
        const { identity, client, tls, body: asked } = call;
        if (identity === null) throw new LockkeeperError("authentication-failed", "nobody asks");
        const caller = { identity, client, tls, software: "lockkeeper" };
        return ok({ operations: await ask(clusterOf(asked.cluster), caller, requestOf(asked), asked.reason) });
      },
    }),
    route({
      method: "GET",
      path: "/v1/grants",
      access: "person",
      name: "listGrants",
      summary: "The caller's roles for a time that hold just now.",
      query: z.strictObject({ cluster }),
      answer: z.strictObject({
        grants: z.array(z.strictObject({ id: z.string(), role: z.string(), until: z.number() })),
      }),
      handle: async ({ query, identity }) =>
        ok({ grants: grants(clusterOf(query.cluster), identity?.principal ?? "") }),
    }),
  ];
}

function requestOf(asked: Body): AheadRequest {
  if ("action" in asked) return { kind: "action", action: asked.action, parameters: asked.parameters };
  if ("api" in asked) return { kind: "api", api: asked.api, request: asked.request };
  return { kind: "role", role: asked.role, forMs: asked.for };
}
