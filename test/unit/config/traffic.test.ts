// Listeners with TLS, client certificates and server names: what the configuration becomes, and what it refuses.
import { mkdirSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { describeProblem } from "../../../src/config/mistakes.ts";
import { secretReader } from "../../../src/config/secrets.ts";
import { createAuthority } from "../../support/certificates.ts";
import { tempDir } from "../../support/temp-dir.ts";

const folder = tempDir();
afterAll(() => folder[Symbol.dispose]());
mkdirSync(`${folder.path}/policies`);
const authority = createAuthority(folder.path);
authority.issue("server", { subject: "/CN=gateway" });
authority.issue("other", { subject: "/CN=other" });

interface Given {
  readonly listener?: string;
  readonly certificates?: string;
}

function parse({ listener = "nodes: 127.0.0.1:19100, mechanisms: [plain]", certificates = "" }: Given) {
  const text = `clusters: { main: { bootstrap: [127.0.0.1:9092], login: { mechanism: none } } }
listeners: [{ cluster: main, bind: 127.0.0.1:19092, ${listener} }]
identity: { users: [{ name: alice, password: { env: A } }]${certificates && `, certificates: [${certificates}]`} }
policy: { directory: policies }
audit: { directory: audit, key: { file: audit.key } }
`;
  return parseConfig(text, "f", { directory: folder.path, readSecret: secretReader({ A: "a" }) });
}

const problems = (given: Given) => {
  const result = parse(given);
  return result.ok ? [] : result.problems.map(describeProblem);
};
const config = (given: Given) => {
  const result = parse(given);
  if (!result.ok) throw new Error(result.problems.map(describeProblem).join("\n"));
  return result.config;
};

const server = "cert: server.pem, key: server.key";
const login = `nodes: 127.0.0.1:19100, tls: { ${server}, clientCa: ca.pem, client: login }`;
const sni = (template: string, tls = `, tls: { ${server} }`) => `sni: "${template}"${tls}, mechanisms: [plain]`;

describe("a listener", () => {
  test("has its brokers at ports, or at names", () => {
    expect(config({}).listeners[0]?.nodes).toEqual({ host: "127.0.0.1", port: 19_100 });
    expect(config({ listener: sni("b{node}.kafka.example.com:9093") }).listeners[0]?.nodes).toEqual({
      before: "b",
      after: ".kafka.example.com",
      port: 9093,
    });
  });

  test.each([
    ["none", server, "none"],
    ["required", `${server}, clientCa: ca.pem`, "required"],
    ["required", `${server}, clientCa: ca.pem, client: required`, "required"],
    ["none", `${server}, client: none`, "none"],
  ])("takes a client's certificate for %s with { %s }", (_name, tls, client) => {
    const listener = `nodes: 127.0.0.1:19100, mechanisms: [plain], tls: { ${tls} }`;
    expect(config({ listener }).listeners[0]?.tls?.client).toBe(client);
  });

  test("may take it for the login, and then has no mechanisms", () => {
    const { listeners, identity } = config({
      listener: login,
      certificates: '{ match: { cn: "*" }, groups: [services] }',
    });
    expect(listeners[0]).toMatchObject({ mechanisms: [], tls: { client: "login" } });
    expect(identity.certificates).toEqual([
      {
        match: { cn: "*", dn: null, dns: null, uri: null, issuer: null },
        principal: "cn",
        prefix: "",
        groups: ["services"],
      },
    ]);
  });

  test.each(["scram-sha-256", "scram-sha-512"])("may offer %s", (name) => {
    expect(config({ listener: `nodes: 127.0.0.1:19100, mechanisms: [${name}]` }).listeners[0]?.mechanisms).toEqual([
      name,
    ]);
  });
});

describe("refused with a sentence is", () => {
  const anyone = '{ match: { cn: "*" } }';
  test.each<[string, Given, RegExp]>([
    ["neither nodes nor sni", { listener: "mechanisms: [plain]" }, /give nodes, or sni/],
    ["both", { listener: `nodes: 127.0.0.1:1, ${sni("b{node}.k.example.com:1")}` }, /either nodes or sni/],
    ["sni without TLS", { listener: sni("b{node}.k.example.com:1", "") }, /listeners\[0\]\.sni: .*needs tls/],
    ["a template without a node", { listener: sni("kafka.example.com:1") }, /with \{node\} in the host's first part/],
    ["no mechanisms", { listener: "nodes: 127.0.0.1:19100" }, /mechanisms: .*at least one of mechanisms is needed/],
    [
      "mechanisms beside a login by certificate",
      { listener: `${login}, mechanisms: [plain]`, certificates: anyone },
      /leave mechanisms out/,
    ],
    ["a login by certificate for nobody", { listener: login }, /identity\.certificates is empty/],
    ["certificates that no listener takes", { certificates: anyone }, /no listener takes a certificate for a login/],
    [
      "an entry that matches nothing",
      { listener: login, certificates: "{ match: { issuer: CN=x } }" },
      /at least one of cn, dn, dns, uri/,
    ],
    [
      "a certificate wanted from nobody",
      { listener: `nodes: 127.0.0.1:19100, mechanisms: [plain], tls: { ${server}, client: required }` },
      /clientCa is needed/,
    ],
    [
      "an authority without effect",
      { listener: `nodes: 127.0.0.1:19100, mechanisms: [plain], tls: { ${server}, clientCa: ca.pem, client: none }` },
      /clientCa has no effect/,
    ],
    [
      "a key that is another's",
      { listener: "nodes: 127.0.0.1:19100, mechanisms: [plain], tls: { cert: server.pem, key: other.key }" },
      /the key is not the certificate's/,
    ],
    [
      "a file that is no certificate",
      { listener: "nodes: 127.0.0.1:19100, mechanisms: [plain], tls: { cert: server.key, key: server.key }" },
      /no certificate in PEM/,
    ],
    [
      "a missing file, told of once",
      { listener: "nodes: 127.0.0.1:19100, mechanisms: [plain], tls: { cert: nowhere.pem, key: server.key }" },
      /there is no such file/,
    ],
  ])("%s", (_name, given, expected) => {
    expect(problems(given)).toEqual([expect.stringMatching(expected)]);
  });
});
