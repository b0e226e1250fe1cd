// lockkeeper.yaml: every key, its default and what it becomes. Key names are what people have in their files: they stay.
// Parsing resolves as well (paths to absolute ones, secret references to Sensitive), so that all mistakes are in one list.
// Durations come out in milliseconds under a name that says so. What compares two places of the file is in check.ts.
import { z } from "zod";
import { limits } from "../base/limits.ts";
import { type MechanismName, mechanismNames } from "../identity/mechanisms/index.ts";
import { tellUnusable } from "./outgoing-tls.ts";
import { accessSections } from "./schema-access.ts";
import { approvalsSection } from "./schema-approvals.ts";
import { auditSection } from "./schema-audit.ts";
import { maskingSection } from "./schema-masking.ts";
import { clustersSection, listenersSection } from "./schema-traffic.ts";
import { hostPort, name, optional, path, type ValueContext } from "./values.ts";

/** The whole file. Unknown keys are errors everywhere. */
export function configSchema(context: ValueContext) {
  return z.strictObject(configSections(context));
}

/** The top-level keys, one by one, so that check.ts can work with those that are right when another is not. */
export function configSections(context: ValueContext) {
  const { identity, policy } = accessSections(context);
  return {
    gateway: gatewaySection(),
    clusters: clustersSection(context),
    listeners: listenersSection(context, mechanismNames),
    identity,
    policy,
    approvals: optional(approvalsSection(context)),
    masking: maskingSection(context),
    audit: auditSection(context),
    control: controlSection(context),
    limits: limitsSection(),
    log: logSection(),
  };
}

export type Config = z.output<ReturnType<typeof configSchema>>;
export type { MechanismName };

/** How this gateway calls itself. */
function gatewaySection() {
  return z
    .strictObject({
      /** In audit events and in the origin line of the log's checkpoints; each replica has its own. */
      name: name().default("lockkeeper"),
      /** Processes that share the ports; each writes a log of its own inside `audit.directory`. `serve --workers N` says otherwise for once. */
      workers: z.int().min(1).max(limits.workersMax).default(1),
    })
    .prefault({});
}

/** Health, metrics and the API. */
function controlSection(context: ValueContext) {
  const tls = z
    .strictObject({ cert: path(context, "file"), key: path(context, "file") })
    .superRefine((files, issues) => tellUnusable({ ...files, ca: null }, issues));
  return z
    .strictObject({
      bind: hostPort(0).prefault("127.0.0.1:9900"),
      /** HTTPS. Without it, all but health is answered on the gateway's own machine only. */
      tls: optional(tls),
    })
    .prefault({});
}

/** What one gateway takes on; the defaults and their reasons are in base/limits.ts. */
function limitsSection() {
  return z
    .strictObject({
      /** Client connections of one listener. */
      connections: count(limits.connectionsMax),
      /** Bytes of one request of a client. */
      requestBytes: count(limits.requestFrameBytesMax),
      /** Bytes of one answer of a broker. */
      responseBytes: count(limits.responseFrameBytesMax),
      /** Bytes that wait in all connections together, for clients and brokers that do not read; the largest are ended beyond it. */
      waitingBytes: count(limits.waitingBytesMax),
    })
    .prefault({})
    .transform((given) => ({
      connectionsMax: given.connections,
      requestFrameBytesMax: given.requestBytes,
      responseFrameBytesMax: given.responseBytes,
      waitingBytesMax: given.waitingBytes,
    }));
}

function count(otherwise: number) {
  const text = "a whole number from 1 to 2147483647 is expected";
  return z.int({ error: text }).min(1, { error: text }).max(2_147_483_647, { error: text }).default(otherwise);
}

/** The operational log on standard error. */
function logSection() {
  return z.strictObject({ level: z.enum(["debug", "info", "warn", "error"]).default("info") }).prefault({});
}
