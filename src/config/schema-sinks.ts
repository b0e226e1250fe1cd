// `audit.sinks` and `audit.checkpoints`: places outside that get every event, or the signed checkpoints. Each kind is one of audit/sinks/.
import { z } from "zod";
import type { SinkName } from "../audit/sinks/index.ts";
import { isSafeUrl } from "../identity/providers/safe-url.ts";
import { outgoingTls } from "./outgoing-tls.ts";
import { duration, hostPort, name, optional, path, secret, someOf, url, type ValueContext } from "./values.ts";

/** Every event, at least once, in order. */
export function sinksSection(context: ValueContext) {
  const more = {
    ...named(),
    /** `cloudevents`: as the log holds them, with their OCSF body. `ecs`: Elastic Common Schema. */
    format: z.enum(["cloudevents", "ecs"]).default("cloudevents"),
  };
  return listOf(places(context, more));
}

/** The newest checkpoint, so often. */
export function checkpointsSection(context: ValueContext) {
  return listOf(places(context, { ...named(), every: duration().prefault("1m") }));
}

function named() {
  return {
    /** Names its position file, and the sink in events; the kind, if not given. */
    name: optional(
      z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, {
        error: "a sink's name has up to 64 letters, digits, dashes and underscores",
      }),
    ),
  };
}

function places<More extends z.ZodRawShape>(context: ValueContext, more: More) {
  const kind = <Name extends SinkName>(type: Name) => ({ type: z.literal(type), ...more });
  return z.discriminatedUnion("type", [
    z.strictObject({ ...kind("file"), path: path(context, "anything") }),
    z.strictObject({ ...kind("stdout") }),
    z.strictObject({
      ...kind("webhook"),
      url: url(["https:", "http:"]).refine((value) => isSafeUrl(new URL(value)), {
        error: "a webhook is https, or http on a loopback address only: events name people, and the token is a secret",
      }),
      /** Sent as `Authorization: Bearer`. */
      token: optional(secret(context)),
    }),
    z.strictObject({
      ...kind("kafka"),
      bootstrap: someOf(hostPort(1), "addresses"),
      /** Must be there already. */
      topic: z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, { error: "this is not the name of a topic" }),
      tls: optional(outgoingTls(context)),
      login: optional(
        z.strictObject({
          mechanism: z.enum(["plain", "scram-sha-256", "scram-sha-512"]),
          username: name(),
          password: secret(context),
        }),
      ),
    }),
  ]);
}

/** Names are positions: two of one name would each move the other's. */
function listOf<Schema extends z.ZodType<{ readonly type: string; readonly name: string | null }>>(schema: Schema) {
  return z
    .array(schema)
    .default([])
    .superRefine((all, issues) => {
      for (const [index, each] of all.entries()) {
        if (all.findIndex((other) => nameOf(other) === nameOf(each)) !== index)
          issues.addIssue({
            code: "custom",
            path: [index, "name"],
            message: "another one has this name: give each its own",
          });
      }
    })
    .transform((all) => all.map((each) => ({ ...each, name: nameOf(each) })));
}

function nameOf({ type, name: given }: { readonly type: string; readonly name: string | null }): string {
  return given ?? type;
}
