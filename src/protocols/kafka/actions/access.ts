// ACLs, quotas and brokers by their names in policies. What a client leaves open when it deletes ACLs is left open here by leaving it out.
import { type AclWord, numberOf, wordsOf } from "../facts/acls.ts";
import type { Action, Parameters } from "./parameters.ts";

/** The cluster's name among resources, which every tool gives by itself. */
const clusterResource = "kafka-cluster";
const resource = "such as topic:orders, group:billing or cluster";
const pattern = "literal, if not given, or prefixed";

export const accessActions: Readonly<Record<string, Action>> = {
  "acl.create": {
    parameters: {
      resource,
      pattern,
      principal: "such as User:bob",
      host: "* if not given",
      operation: "such as read",
      permission: "allow, if not given, or deny",
    },
    toRequest(given) {
      const { type, name } = resourceOf(given);
      if (name === null) throw given.wrong("resource", resource);
      const creation = {
        resourceType: type,
        resourceName: name,
        resourcePatternType: wordOf(given, "pattern", "pattern", "literal"),
        principal: given.text("principal"),
        host: given.textOr("host", "*"),
        operation: wordOf(given, "operation", "operation"),
        permissionType: wordOf(given, "permission", "permission", "allow"),
      };
      return { api: "CreateAcls", request: { creations: [creation] } };
    },
  },
  "acl.delete": {
    parameters: {
      resource: `${resource}; topic alone: every topic`,
      pattern: `${pattern}, any or match`,
      principal: "any if not given",
      host: "any if not given",
      operation: "any if not given",
      permission: "any if not given",
    },
    toRequest(given) {
      const { type, name } = resourceOf(given);
      const anyOr = (parameter: string) => given.textOr(parameter, "") || null;
      const filter = {
        resourceTypeFilter: type,
        resourceNameFilter: name,
        patternTypeFilter: wordOf(given, "pattern", "pattern", "literal"),
        principalFilter: anyOr("principal"),
        hostFilter: anyOr("host"),
        operation: wordOf(given, "operation", "operation", "any"),
        permissionType: wordOf(given, "permission", "permission", "any"),
      };
      return { api: "DeleteAcls", request: { filters: [filter] } };
    },
  },
  "client-quota.alter": {
    parameters: {
      entity: "by type (user, client-id, ip), the name; null for the default",
      quotas: "by name, the new values; null removes",
    },
    toRequest(given) {
      const entity = given.settings("entity").map(([entityType, entityName]) => ({ entityType, entityName }));
      const ops = given.settings("quotas").map(([key, text]) => {
        const value = Number(text ?? 0);
        if (!Number.isFinite(value)) throw given.wrong("quotas", "an object of numbers");
        return { key, value, remove: text === null };
      });
      return { api: "AlterClientQuotas", request: { entries: [{ entity, ops }] } };
    },
  },
  "cluster.unregister-broker": {
    parameters: { broker: "its id" },
    toRequest: (given) => ({ api: "UnregisterBroker", request: { brokerId: given.number("broker") } }),
  },
};

function wordOf(given: Parameters, parameter: string, kind: AclWord, otherwise?: string): number {
  const text = otherwise === undefined ? given.text(parameter) : given.textOr(parameter, otherwise);
  const number = numberOf(kind, text.toLowerCase());
  if (number === null) throw given.wrong(parameter, `one of ${wordsOf(kind).join(", ")}`);
  return number;
}

/** `topic:orders` → topic and orders; `topic` → topic and no name. A name may hold colons. */
function resourceOf(given: Parameters): { readonly type: number; readonly name: string | null } {
  const text = given.text("resource");
  const at = text.indexOf(":");
  const type = at < 0 ? text : text.slice(0, at);
  const number = numberOf("resource", type);
  if (number === null) throw given.wrong("resource", resource);
  if (type === "cluster") return { type: number, name: clusterResource };
  return { type: number, name: at < 0 ? null : text.slice(at + 1) };
}
