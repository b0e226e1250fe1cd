// The OpenAPI 3.1 document of the routes, made from their own schemas: `node src/control/openapi.ts` writes deploy/openapi.json, and a test says when
// that is due. It describes; server.ts enforces.
import { writeFileSync } from "node:fs";
import { z } from "zod";
import type { Json, JsonObject } from "../base/json.ts";
import type { AnyRoute } from "./route.ts";

export function openApi(routes: readonly AnyRoute[], version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const each of routes) {
    const path = each.path.replaceAll(/:([A-Za-z]+)/g, "{$1}");
    paths[path] = { ...paths[path], [each.method.toLowerCase()]: operationOf(each) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Lockkeeper",
      version,
      description:
        "Approvals, roles for a time, and health of a gateway. Without TLS it answers on the gateway's own machine only.",
    },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "A token of a configured issuer." },
        basic: { type: "http", scheme: "basic", description: "A local account." },
      },
      schemas: { Failure: schemaOf(failure) },
    },
  };
}

const failure = z.strictObject({ error: z.string(), message: z.string() });

function operationOf(it: AnyRoute): JsonObject {
  const problems = it.access === "person" ? [400, 401, 403, 404, 409, 429, 503] : [];
  const responses: Record<string, Json> = {
    "200": {
      description: "Done.",
      content: { [it.answerType ?? "application/json"]: { schema: it.answer === null ? {} : schemaOf(it.answer) } },
    },
  };
  for (const status of problems) {
    responses[String(status)] = {
      description: meanings[status] ?? "",
      content: { "application/json": { schema: { $ref: "#/components/schemas/Failure" } } },
    };
  }
  return {
    operationId: it.name,
    summary: it.summary,
    parameters: [...parametersOf(it.params, "path"), ...parametersOf(it.query, "query")],
    ...(it.body && { requestBody: { required: true, content: { "application/json": { schema: schemaOf(it.body) } } } }),
    ...(it.access === "person" && { security: [{ bearer: [] }, { basic: [] }] }),
    responses,
  };
}

const meanings: Readonly<Record<number, string>> = {
  400: "Not as documented; the message says what.",
  401: "Nobody, or not who they say.",
  403: "Not from there: no TLS, or another site's page.",
  404: "There is no such approval.",
  409: "It cannot be changed so; the message says why.",
  429: "Too many requests.",
  503: "Redis or a broker cannot be reached; try again.",
};

function parametersOf(schema: z.ZodType | undefined, where: "path" | "query"): JsonObject[] {
  if (schema === undefined) return [];
  const { properties, required } = schemaOf(schema) as { properties?: Record<string, JsonObject>; required?: string[] };
  return Object.entries(properties ?? {}).map(([name, of]) => ({
    name,
    in: where,
    required: where === "path" || (required ?? []).includes(name),
    schema: of,
  }));
}

function schemaOf(schema: z.ZodType): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return JSON.parse(JSON.stringify(rest)) as JsonObject;
}

if (import.meta.main) {
  const { describedRoutes } = await import("./routes/index.ts");
  const document = openApi(describedRoutes, "1");
  writeFileSync(new URL("../../deploy/openapi.json", import.meta.url), `${JSON.stringify(document, null, 2)}\n`);
}
