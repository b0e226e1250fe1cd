// lockkeeper mask try as people run it: the real command, the real policy compiler, no broker.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startStandIn } from "../../support/schema-registry-stand-in.ts";
import { tempDir } from "../../support/temp-dir.ts";

const main = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const folder = tempDir();
afterAll(() => folder[Symbol.dispose]());

const configuration = `
clusters:
  main: { bootstrap: [127.0.0.1:1], login: { mechanism: plain, username: gateway, password: { env: TRY_SECRET } } }
listeners:
  - { cluster: main, bind: 127.0.0.1:0, nodes: 127.0.0.1:20000, mechanisms: [plain] }
identity:
  users: [{ name: alice, password: { env: TRY_SECRET }, groups: [analysts] }]
policy: { directory: policies }
masking: { keys: { pii: { id: k7, secret: { env: TRY_SECRET } } } }
audit: { directory: audit, key: { file: audit.key } }
`;

const policy = `package lockkeeper

allow if { input.operation.name == "topic.read"; "analysts" in input.principal.groups }

mask contains {"rule": "contact", "field": "$.email", "method": {"name": "hash", "key": "pii"}} if input.operation.name == "topic.read"

mask contains {"rule": "note", "field": "$.note", "method": "drop", "otherwise": "refuse"} if input.principal.claims.strict
`;

function maskTry(input: string | Buffer, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, TRY_SECRET: "0123456789abcdef0123456789abcdef" };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, "mask", "try", "--topic", "orders", ...args],
      { cwd: folder.path, env },
      (error, out, err) => resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
    child.stdin?.end(input);
  });
}

beforeAll(() => {
  mkdirSync(join(folder.path, "policies"));
  writeFileSync(join(folder.path, "lockkeeper.yaml"), configuration);
  writeFileSync(join(folder.path, "policies", "policy.rego"), policy);
});

describe("lockkeeper mask try", () => {
  it("reads a typed record's schema from the cluster's registry, and takes every byte of its value", async () => {
    const fields = [
      { name: "email", type: "string" },
      { name: "n", type: "int" },
    ];
    const registry = await startStandIn({
      "/schemas/ids/1": { schema: JSON.stringify({ type: "record", name: "Person", fields }) },
    });
    onTestFinished(() => registry.close());
    const typed = configuration.replace("main: { ", `main: { schemaRegistry: { url: "${registry.url}" }, `);
    writeFileSync(join(folder.path, "typed.yaml"), typed);
    const five = 0x0a; // as Avro writes it, and a line break
    const value = Buffer.concat([Buffer.of(0, 0, 0, 0, 1, 8), Buffer.from("j@x."), Buffer.of(five)]);
    const { code, out } = await maskTry(value, "--principal", "alice", "--config", "typed.yaml");
    expect(out).toContain("$.email in value – 1 value");
    expect(code).toBe(0);
    expect(registry.asked).toEqual(["/schemas/ids/1"]);
  });

  it("shows the record before and after, with what each rule did", async () => {
    const { code, out } = await maskTry(
      '{"email": "jane@example.com", "n": 1.50}\n',
      "--principal",
      "alice",
      "--key",
      "k",
    );
    expect(code).toBe(0);
    expect(out).toContain("alice reads topic orders: allowed");
    expect(out).toMatch(/contact: hash \$\.email in value – 1 value/);
    expect(out).toContain("key after: the same");
    expect(out).toMatch(/value after\n {2}\{"email": "hmac:k7:[\w-]{43}", "n": 1\.50\}\n/);
  });

  it("says that the caller may not read, with the reason that the caller would get", async () => {
    const { code, out } = await maskTry("{}", "--principal", "mallory");
    expect(code).toBe(1);
    expect(out).toContain("mallory reads topic orders: denied. No rule allows mallory to read topic orders");
  });

  it("says that a value which no rule can read is refused, and does not show it as if it left", async () => {
    const strict = ["--group", "analysts", "--claims", '{"strict":true}'];
    const { code, out } = await maskTry("no JSON", "--principal", "robot", ...strict);
    expect(code).toBe(1);
    expect(out).toContain("The record is refused: a value could not be read, and the mask note refuses such records.");
    expect(out).not.toContain("value after");
  });

  it("tells of a policy that does not load", async () => {
    writeFileSync(
      join(folder.path, "policies", "b.rego"),
      'package lockkeeper\n\nmask contains {"in": "key", "method": "redact"}\n',
    );
    const { code, err } = await maskTry("{}", "--principal", "alice");
    expect(code).toBe(1);
    expect(err).toMatch(/b\.rego:3:\d+: mask redact key: redact would make different keys equal/);
  });
});
