// One act on one resource, the same for every protocol: what a policy judges, a person approves and the log remembers.
import type { JsonObject } from "../base/json.ts";

export type Verb = "read" | "write" | "create" | "delete" | "alter" | "describe";
export type Risk = "low" | "medium" | "high";
export type ResourceType =
  | "topic"
  | "group"
  | "cluster"
  | "transactional-id"
  | "broker"
  | "user"
  | "client-quota"
  | "client-metrics"
  | "delegation-token"
  | "role";

export interface Resource {
  readonly type: ResourceType;
  /** Kafka's name; `""` when only an id was given and nothing has that id. */
  readonly name: string;
  /** Kafka's topic id (URL-safe base 64, 22 characters), when one was given or is known. */
  readonly id?: string;
}

export interface Operation {
  /** `topic.delete`: resource type, dot, act. The full list is in policies/README.md. */
  readonly name: string;
  readonly verb: Verb;
  readonly risk: Risk;
  readonly resource: Resource;
  /** Decoded content of the request: partitions, configs, ACL bindings. Never record payloads or secrets. */
  readonly attributes: JsonObject;
  /** True when the request only asks what would happen (`validate_only`). */
  readonly dryRun: boolean;
  /**
   * True when the attributes do not vary with the request, so that one decision serves every request of the same
   * (principal, operation, resource) until the policy changes. Data-plane operations are; admin operations are not.
   */
  readonly cacheable: boolean;
}
