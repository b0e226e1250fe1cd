// Asking a schema registry: what is asked for, what is sent along, and what becomes of answers that are wrong.
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { LockkeeperError } from "../../../../src/base/errors.ts";
import { limits } from "../../../../src/base/limits.ts";
import { Sensitive } from "../../../../src/base/sensitive.ts";
import {
  createRegistryClient,
  type RegistryClient,
  type RegistrySettings,
} from "../../../../src/masking/registry/client.ts";
import { type StandIn, startStandIn } from "../../../support/schema-registry-stand-in.ts";

const opened: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function setUp(
  answers: Readonly<Record<string, object>>,
  over: Partial<RegistrySettings> = {},
): Promise<{ registry: StandIn; client: RegistryClient }> {
  const registry = await startStandIn(answers);
  const settings = { url: registry.url, username: null, password: null, token: null, tls: null, ...over };
  const client = createRegistryClient(settings);
  opened.push(() => client.close(), registry.close);
  return { registry, client };
}

const id = (number: number) => ({ kind: "id", id: number }) as const;

describe("a schema", () => {
  test("is asked for by its id, and is Avro where nothing else is said", async () => {
    const { client, registry } = await setUp({ "/schemas/ids/1": { schema: '"string"' } });
    expect(await client.schema(id(1))).toEqual({ type: "AVRO", text: '"string"', references: [], tags: [] });
    expect(registry.asked).toEqual(["/schemas/ids/1"]);
  });

  test("is asked for by its GUID", async () => {
    const guid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    const { client } = await setUp({ [`/schemas/guids/${guid}`]: { schema: "s", schemaType: "PROTOBUF" } });
    expect(await client.schema({ kind: "guid", guid })).toMatchObject({ type: "PROTOBUF", text: "s" });
  });

  test("comes with all that it refers to, each once, the referred first, and with the tags of all of them", async () => {
    const ref = (name: string) => ({ name, subject: `${name} value`, version: 1 });
    const { client, registry } = await setUp({
      "/schemas/ids/1": { schema: "root", references: [ref("b"), ref("a")], metadata: { tags: { "X.y": ["PII"] } } },
      "/subjects/b%20value/versions/1": { schema: "B", references: [ref("a")], metadata: { tags: { "**.z": ["B"] } } },
      "/subjects/a%20value/versions/1": { schema: "A" },
    });
    expect(await client.schema(id(1))).toEqual({
      type: "AVRO",
      text: "root",
      references: [
        { name: "a", text: "A" },
        { name: "b", text: "B" },
      ],
      tags: [
        { pattern: "X.y", tags: ["PII"] },
        { pattern: "**.z", tags: ["B"] },
      ],
    });
    expect(registry.asked).toHaveLength(3);
    expect(registry.asked.every((path) => !path.startsWith("/subjects") || path.endsWith("?deleted=true"))).toBe(true);
  });

  test("that refers to itself ends", async () => {
    const self = { name: "a", subject: "a", version: 1 };
    const { client } = await setUp({
      "/schemas/ids/1": { schema: "root", references: [self] },
      "/subjects/a/versions/1": { schema: "A", references: [self] },
    });
    expect(await client.schema(id(1))).toMatchObject({ references: [{ name: "a" }] });
  });

  test.each<[string, Record<string, object>]>([
    ["the registry does not know", {}],
    [
      "refers to something that is not there",
      { "/schemas/ids/1": { schema: "s", references: [{ name: "a", subject: "a", version: 1 }] } },
    ],
    ["is of a type that we do not know", { "/schemas/ids/1": { schema: "s", schemaType: "THRIFT" } }],
    ["is no schema at all", { "/schemas/ids/1": { schema: 5 } }],
  ])("that %s is none", async (_, answers) => {
    const { client } = await setUp(answers);
    expect(await client.schema(id(1))).toBeNull();
  });
});

describe("a credential", () => {
  test.each<[string, Partial<RegistrySettings>, string | undefined]>([
    ["is a user and a password", { username: "lk", password: new Sensitive("pä:ss") }, "Basic bGs6cMOkOnNz"],
    ["is a token", { token: new Sensitive("registry-token") }, "Bearer registry-token"],
    ["is not sent where there is none", {}, undefined],
  ])("%s", async (_, over, expected) => {
    const { client, registry } = await setUp({ "/schemas/ids/1": { schema: "s" } }, over);
    await client.schema(id(1));
    expect(registry.headers[0]?.authorization).toBe(expected);
  });

  test("is in no error, and follows no redirect", async () => {
    const { client, registry } = await setUp({}, { token: new Sensitive("registry-token") });
    registry.answers.set("/schemas/ids/1", (response) => {
      response.writeHead(302, { location: `${registry.url}/elsewhere` }).end("registry-token");
    });
    const error = await client.schema(id(1)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(LockkeeperError);
    expect(String(error)).toContain("status 302");
    expect(String(error)).not.toContain("registry-token");
    expect(registry.asked).toEqual(["/schemas/ids/1"]);
  });
});

describe("a registry that cannot be asked", () => {
  const failing = async (answer: (response: ServerResponse) => void) => {
    const { client, registry } = await setUp({});
    registry.answers.set("/schemas/ids/1", answer);
    return client.schema(id(1)).then(
      () => "no error",
      (error: unknown) => (error instanceof LockkeeperError ? `${error.code}: ${error.message}` : String(error)),
    );
  };

  test("says with which status it answered", async () => {
    expect(await failing((response) => response.writeHead(401).end())).toBe(
      "registry-unavailable: it answered with status 401",
    );
    expect(await failing((response) => response.writeHead(503).end())).toContain("503");
  });

  test("breaks off", async () => {
    const broken = await failing((response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("{", () => response.destroy());
    });
    expect(broken).toContain("registry-unavailable");
  });

  test("answers with more than a schema may have", async () => {
    const big = Buffer.alloc(limits.registryAnswerBytesMax + 1, 0x20);
    expect(await failing((response) => response.end(big))).toContain("larger");
  });

  test("is not there", async () => {
    const { client, registry } = await setUp({});
    await registry.close();
    await expect(client.schema(id(1))).rejects.toThrow(/cannot be reached \(E/);
  });
});
