// The schema registry of a cluster: what the configuration becomes, and what it refuses.
import { mkdirSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { describeProblem } from "../../../src/config/mistakes.ts";
import { secretReader } from "../../../src/config/secrets.ts";
import { tempDir } from "../../support/temp-dir.ts";

const folder = tempDir();
afterAll(() => folder[Symbol.dispose]());
mkdirSync(`${folder.path}/policies`);

function parse(registry: string) {
  const text = `clusters: { main: { bootstrap: [127.0.0.1:9092], login: { mechanism: none }, schemaRegistry: { ${registry} } } }
listeners: [{ cluster: main, bind: 127.0.0.1:19092, nodes: 127.0.0.1:19100, mechanisms: [plain] }]
identity: { users: [{ name: alice, password: { env: A } }] }
policy: { directory: policies }
audit: { directory: audit, key: { file: audit.key } }
`;
  return parseConfig(text, "f", { directory: folder.path, readSecret: secretReader({ A: "a", T: "registry-token" }) });
}

const problems = (registry: string) => {
  const result = parse(registry);
  return result.ok ? [] : result.problems.map(describeProblem);
};

describe("a schema registry", () => {
  test("is its address, and the credential stays hidden", () => {
    const result = parse("url: https://registry.example.com/apis/ccompat/v7, username: lk, password: { env: T }");
    if (!result.ok) throw new Error(result.problems.map(describeProblem).join("\n"));
    const registry = result.config.clusters["main"]?.schemaRegistry;
    expect(registry).toMatchObject({
      url: "https://registry.example.com/apis/ccompat/v7",
      username: "lk",
      token: null,
    });
    expect(registry?.password?.reveal()).toBe("registry-token");
    expect(JSON.stringify(result.config)).not.toContain("registry-token");
  });

  test.each([
    ["a user without a password", "url: https://r.example.com, username: lk", "belong together"],
    [
      "a user and a token",
      "url: https://r.example.com, username: lk, password: { env: T }, token: { env: T }",
      "either",
    ],
    ["a token in the clear", "url: http://r.example.com, token: { env: T }", "the url is https"],
    ["tls without https", "url: http://r.example.com, tls: {}", "no effect"],
    ["a query", "url: 'https://r.example.com/?x=1'", "no ?"],
    ["a password in the url", "url: https://u:p@r.example.com", "no password"],
    ["another key", "url: https://r.example.com, urls: []", "urls"],
  ])("is refused with %s", (_, registry, text) => {
    expect(problems(registry).join("\n")).toContain(text);
  });

  test("may be asked in the clear where nothing secret is sent, and on loopback", () => {
    expect(problems("url: http://registry.example.com:8081")).toEqual([]);
    expect(problems("url: http://127.0.0.1:8081, token: { env: T }")).toEqual([]);
  });
});
