// The JSON schema of what a policy sees: a misspelt input field is a compile error because of it. policies/schema/input.json is this
// document for OPA's own tools (`opa check --schema`); a test compares the two. It must say the same as input.ts.
import type { JsonObject } from "../base/json.ts";

const text = { type: "string" } as const;
const number = { type: "number" } as const;
const flag = { type: "boolean" } as const;
const anything = { type: "object", additionalProperties: true } as const;

function closed(properties: JsonObject): JsonObject {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

export const inputSchema: JsonObject = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "What a Lockkeeper policy sees as input",
  ...closed({
    operation: closed({
      name: text,
      verb: { type: "string", enum: ["read", "write", "create", "delete", "alter", "describe"] },
      risk: { type: "string", enum: ["low", "medium", "high"] },
      resource: closed({ type: text, name: text, id: text }),
      attributes: anything,
      dryRun: flag,
    }),
    principal: closed({
      name: text,
      groups: { type: "array", items: text },
      claims: anything,
      mechanism: text,
      issuer: text,
      grants: { type: "array", items: closed({ id: text, role: text, until: number }) },
    }),
    session: closed({ id: text, protocol: text, listener: text, node: number, startedAt: number, tls: flag }),
    client: closed({ id: text, software: closed({ name: text, version: text }), address: text, port: number }),
    cluster: closed({ name: text }),
    time: closed({ nowMs: number, iso: text, date: text, weekday: text, hour: number, minute: number }),
  }),
};
