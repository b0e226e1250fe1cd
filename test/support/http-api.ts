// The HTTP API of a rig's gateway, called as somebody.
import type { JsonObject } from "../../src/base/json.ts";
import type { Person, Rig } from "./rig.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly json: JsonObject;
}

export async function http(
  rig: Rig,
  person: Person,
  method: string,
  path: string,
  body?: JsonObject,
): Promise<HttpAnswer> {
  const response = await fetch(`http://${rig.gateway().ready.control}${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${person}:${rig.passwordOf(person)}`).toString("base64")}`,
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as JsonObject };
}

/** As dave unless told otherwise, who is in kafka-admins wherever a test needs somebody. */
export function approve(rig: Rig, id: string, person: Person = "dave"): Promise<HttpAnswer> {
  return http(rig, person, "POST", `/v1/approvals/${id}/approve`, {});
}
