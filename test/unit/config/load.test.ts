// The configuration: what it becomes, and every mistake with its place. Nothing that is said quotes a secret.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConfigResult, loadConfig, loadConfigOrThrow } from "../../../src/config/load.ts";
import { describeProblem } from "../../../src/config/mistakes.ts";
import { secretReader } from "../../../src/config/secrets.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lockkeeper-config-"));
  mkdirSync(join(folder, "policies"));
  writeFileSync(join(folder, "password.txt"), "from-a-file\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

const environment = {
  KAFKA_PASSWORD: "kafka-secret",
  ALICE_PASSWORD: "alice-secret",
  EMPTY: "",
  REDIS_URL: "redis://:pw@r:1",
};

/** The smallest whole configuration; each test changes lines of it. */
const base = `clusters:
  main:
    bootstrap: [127.0.0.1:9092]
    login:
      mechanism: scram-sha-256
      username: proxy
      password: { env: KAFKA_PASSWORD }
listeners:
  - cluster: main
    bind: 127.0.0.1:19092
    nodes: 127.0.0.1:19100
    mechanisms: [plain]
identity:
  users:
    - { name: alice, password: { env: ALICE_PASSWORD }, groups: [analysts] }
policy:
  directory: policies
audit:
  directory: data/audit
  key: { file: data/audit.key }
`;

function load(text: string): ConfigResult {
  const file = join(folder, "lockkeeper.yaml");
  writeFileSync(file, text);
  return loadConfig(file, secretReader(environment));
}

/** `line:column path: message` of each problem. */
function problems(text: string): string[] {
  const result = load(text);
  return result.ok
    ? []
    : result.problems.map((problem) => describeProblem({ ...problem, file: "f" }).slice("f:".length));
}

const changed = (from: string, to: string) => {
  if (!base.includes(from)) throw new Error(`the base has no ${from}`);
  return base.replace(from, to);
};

describe("a right configuration", () => {
  test("is resolved: addresses, absolute paths, milliseconds, secrets, defaults", () => {
    const config = loadOrFail(base);
    expect(config.clusters["main"]?.bootstrap).toEqual([{ host: "127.0.0.1", port: 9092 }]);
    expect(config.policy.directory).toBe(join(folder, "policies"));
    expect(config.audit).toMatchObject({
      directory: join(folder, "data/audit"),
      keyFile: join(folder, "data/audit.key"),
      recordings: null,
      retain: {
        events: { ageMsMax: 400 * 86_400_000, bytesMax: null },
        recordings: { ageMsMax: 30 * 86_400_000, bytesMax: null, payloadsMs: null },
      },
      onFailure: "refuse",
    });
    expect(config.identity.users[0]?.password.reveal()).toBe("alice-secret");
    expect(config.approvals).toBeNull();
    expect(config.control.bind).toEqual({ host: "127.0.0.1", port: 9900 });
  });

  test("takes secrets from files, without the last line break", () => {
    const config = loadOrFail(changed("{ env: KAFKA_PASSWORD }", "{ file: password.txt }"));
    const login = config.clusters["main"]?.login;
    expect(login?.mechanism === "none" ? null : login?.password.reveal()).toBe("from-a-file");
  });

  test("shows no secret when it is printed", () => {
    const text = JSON.stringify(loadOrFail(base));
    expect(text).not.toMatch(/kafka-secret|alice-secret/);
  });

  test("keeps a Redis URL with a password as a secret, and adds to the list of patient clients", () => {
    const config = loadOrFail(`${base}approvals:
  redis: { env: REDIS_URL }
  holdByClient: { my-tool: 15s, kgo: 2s }
`);
    expect(config.approvals?.redis.reveal()).toBe("redis://:pw@r:1");
    expect(config.approvals?.holdByClientMs).toMatchObject({
      "apache-kafka-java": 20_000,
      "my-tool": 15_000,
      kgo: 2_000,
    });
  });

  test("may have IPv6 addresses", () => {
    const config = loadOrFail(changed("bind: 127.0.0.1:19092", 'bind: "[::1]:19092"'));
    expect(config.listeners[0]?.bind).toEqual({ host: "::1", port: 19092 });
  });
});

function loadOrFail(text: string) {
  const result = load(text);
  if (!result.ok) throw new Error(result.problems.map(describeProblem).join("\n"));
  return result.config;
}

describe("a mistake is told with its line, column, path and what would be right", () => {
  const approvals = (lines: string) => `${base}approvals:\n  redis: redis://127.0.0.1:6379\n${lines}`;
  test.each([
    [
      "unknown key",
      changed("    bind:", "    bnid: 1\n    bind:"),
      /^10:5: listeners\[0\]\.bnid: unknown key: did you mean "bind"\?$/,
    ],
    ["unknown section", `${base}polices: {}\n`, /^21:1: polices: unknown key: did you mean "policy"\?$/],
    [
      "unknown key that resembles nothing",
      `${base}xyz: {}\n`,
      /^21:1: xyz: unknown key: known here: gateway, clusters,/,
    ],
    [
      "unknown key of a login",
      changed("username: proxy", "usernam: proxy\n      username: p"),
      /^6:7: .*login\.usernam: unknown key: did you mean "username"\?$/,
    ],
    [
      "missing key",
      changed("    bind: 127.0.0.1:19092\n", ""),
      /^9:5: listeners\[0\]\.bind: this is missing: an address is host:port/,
    ],
    ["missing section", changed("policy:\n  directory: policies\n", ""), /^1:1: policy: this is missing/],
    [
      "unknown cluster",
      changed("cluster: main", "cluster: mian"),
      /^9:14: listeners\[0\]\.cluster: no cluster has this name: did you mean "main"\?$/,
    ],
    [
      "address without a port",
      changed("[127.0.0.1:9092]", "[127.0.0.1]"),
      /^3:17: clusters\.main\.bootstrap\[0\]: an address is host:port/,
    ],
    ["port that is none", changed("127.0.0.1:19092", "127.0.0.1:99999"), /^10:11: listeners\[0\]\.bind: .*65535/],
    [
      "mechanism that is none",
      changed("[plain]", "[plian]"),
      /^12:18: .*mechanisms\[0\]: one of plain, scram-sha-256, scram-sha-512, oauthbearer is expected: did you mean "plain"\?$/,
    ],
    ["no mechanism", changed("[plain]", "[]"), /^12:17: .*mechanisms: at least one of mechanisms is needed$/],
    [
      "mechanism twice",
      changed("[plain]", "[plain, plain]"),
      /^12:25: .*mechanisms\[1\]: this mechanism is given twice$/,
    ],
    [
      "oauthbearer without an issuer",
      changed("[plain]", "[oauthbearer]"),
      /^12:18: .*: oauthbearer lets nobody in as long as identity\.oidc is empty$/,
    ],
    [
      "oauthbearer towards brokers",
      changed("scram-sha-256", "oauthbearer"),
      /^5:18: .*login\.mechanism: .*oauthbearer is not available towards brokers$/,
    ],
    [
      "sni",
      changed("    mechanisms:", '    sni: "broker-{node}:1"\n    mechanisms:'),
      /^12:10: listeners\[0\]\.sni: a host and port with \{node\} in the host/,
    ],
    [
      "wrong kind",
      changed("bootstrap: [127.0.0.1:9092]", "bootstrap: 127.0.0.1:9092"),
      /^3:16: clusters\.main\.bootstrap: a list of addresses is expected/,
    ],
    [
      "folder that is not there",
      changed("directory: policies", "directory: polices"),
      /^17:14: policy\.directory: there is no such directory: .*polices$/,
    ],
    [
      "file for a folder",
      changed("directory: policies", "directory: password.txt"),
      /^17:14: policy\.directory: this is not a directory/,
    ],
    [
      "folder and bundle",
      changed("directory: policies", "directory: policies\n  bundle: { url: 'https://b.example/x' }"),
      /^16:1: policy: give either directory or bundle$/,
    ],
    [
      "variable that is not set",
      changed("env: KAFKA_PASSWORD", "env: NOPE"),
      /^7:7: .*login\.password: the environment variable NOPE is not set$/,
    ],
    [
      "variable that is empty",
      changed("env: KAFKA_PASSWORD", "env: EMPTY"),
      /^7:7: .*: the environment variable EMPTY is empty$/,
    ],
    [
      "secret's file that is not there",
      changed("env: KAFKA_PASSWORD", "file: nope.txt"),
      /^7:7: .*: the secret's file nope\.txt cannot be read \(ENOENT\)$/,
    ],
    [
      "account twice",
      changed("groups: [analysts] }", "groups: [analysts] }\n    - { name: alice, password: { env: ALICE_PASSWORD } }"),
      /^16:15: identity\.users\[1\]\.name: this account is given twice$/,
    ],
    [
      "issuer over plain HTTP",
      changed("identity:\n", "identity:\n  oidc: [{ issuer: 'http://idp.example', audience: x }]\n"),
      /^14:20: identity\.oidc\[0\]\.issuer: an issuer is https/,
    ],
    [
      "nodes over the bootstrap port",
      changed("127.0.0.1:19100", "127.0.0.1:19090"),
      /^11:12: listeners\[0\]\.nodes: the range of ports 19090 to 19189 overlaps port 19092 of listeners\[0\]\.bind$/,
    ],
    [
      "control within the nodes, on all addresses",
      `${base}control: { bind: "0.0.0.0:19150" }\n`,
      /^21:18: control\.bind: port 19150 overlaps the range of ports 19100 to 19199 of listeners\[0\]\.nodes$/,
    ],
    [
      "recordings inside the log",
      changed("  key:", "  recordings: { directory: data/audit }\n  key:"),
      /^20:28: audit\.recordings\.directory: recordings need a folder/,
    ],
    [
      "duration without a unit",
      approvals("  hold: 20\n"),
      /^23:9: approvals\.hold: a duration is a whole number with a unit/,
    ],
    ["duration of nothing", approvals("  hold: 0s\n"), /^23:9: approvals\.hold: a duration/],
    [
      "another protocol for Redis",
      changed("policy:", "approvals: { redis: 'http://r:1' }\npolicy:"),
      /^16:21: approvals\.redis: a URL is expected, beginning with redis:\/\/ or rediss:\/\/$/,
    ],
    [
      "empty group",
      approvals("  groups: { admins: {} }\n"),
      /^23:13: approvals\.groups\.admins: nobody is in this group/,
    ],
    [
      "Slack users without Slack",
      approvals("  groups: { admins: { slack: [U0ADMIN1] } }\n"),
      /^23:30: approvals\.groups\.admins\.slack: Slack users cannot be asked/,
    ],
    [
      "display name for a Slack user",
      approvals("  groups: { admins: { slack: [carol] } }\n"),
      /^23:31: .*slack\[0\]: a Slack user id is expected/,
    ],
    [
      "one Slack user for two people",
      approvals("  people: [{ principal: a, slack: U0A }, { principal: b, slack: U0A }]\n"),
      /^23:65: approvals\.people\[1\]\.slack: this is somebody else already$/,
    ],
    [
      "Slack without a way in",
      approvals("  slack: { token: { env: ALICE_PASSWORD }, channel: c }\n"),
      /^23:3: approvals\.slack: give either appToken/,
    ],
    ["key twice", `${base}audit: {}\n`, /^21:1: this key is given twice$/],
    ["broken YAML", changed("[127.0.0.1:9092]", "[127.0.0.1:9092"), /^\d+:\d+: /],
    ["two documents", `${base}---\n{}\n`, /^21:1: one file holds one document/],
  ])("%s", (_name, text, expected) => {
    const found = problems(text);
    expect(found).toContainEqual(expect.stringMatching(expected));
  });

  test("and stands alone: one mistake gives one problem", () => {
    expect(problems(changed("cluster: main", "cluster: mian"))).toHaveLength(1);
    expect(problems(changed("env: KAFKA_PASSWORD", "env: NOPE"))).toHaveLength(1);
    expect(problems(changed("    bind:", "    bnid: 1\n    bind:"))).toHaveLength(1);
  });
});

describe("a secret in the file itself", () => {
  const literal = "hunter2-in-the-clear";
  test.each([
    ["password of a login", changed("{ env: KAFKA_PASSWORD }", literal)],
    ["password of an account", changed("{ env: ALICE_PASSWORD }", literal)],
    ["under a wrong key", changed("{ env: ALICE_PASSWORD }", `{ value: ${literal} }`)],
    ["in Redis' URL", `${base}approvals: { redis: 'redis://:${literal}@127.0.0.1:6379' }\n`],
  ])("is refused with an explanation that does not repeat it: %s", (_name, text) => {
    const found = problems(text);
    expect(found).toEqual([expect.stringMatching(/a secret is never written into this file/)]);
    expect(found.join()).not.toContain(literal);
  });

  test.each([
    ["a broken quote", changed("{ env: KAFKA_PASSWORD }", `"${literal}" oops`)],
    ["an alias", changed("{ env: KAFKA_PASSWORD }", `*${literal}`)],
    ["a list", changed("{ env: KAFKA_PASSWORD }", `[${literal}]`)],
    ["a mechanism", changed("mechanism: scram-sha-256", `mechanism: ${literal}`)],
    ["an address", changed("127.0.0.1:19092", literal)],
  ])("is not repeated where it makes something else wrong: %s", (_name, text) => {
    const found = problems(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join()).not.toContain(literal);
  });
});

test("all mistakes come at once, in the order of the file, also those between sections that are right", () => {
  const text = base
    .replace("[127.0.0.1:9092]", "[nowhere]")
    .replace("127.0.0.1:19100", "127.0.0.1:19090")
    .replace("{ env: ALICE_PASSWORD }", "{ env: NOPE }")
    .replace("policies", "nowhere")
    .concat("contrl: {}\n");
  expect(problems(text).map((problem) => problem.split(": ").slice(0, 2).join(" "))).toEqual([
    "3:17 clusters.main.bootstrap[0]",
    "11:12 listeners[0].nodes",
    "15:22 identity.users[0].password",
    "17:14 policy.directory",
    "21:1 contrl",
  ]);
});

test("anchors and aliases work, and a bomb of them is refused", () => {
  const shared = base.replace("bind: 127.0.0.1:19092", "bind: &here 127.0.0.1:19092");
  const bomb = [
    "a: &a [x, x, x, x, x, x, x, x, x, x]",
    ..."bcdefgh".split("").map((name, i) => {
      const before = "abcdefgh"[i];
      return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(", ")}]`;
    }),
  ].join("\n");
  expect(load(`${shared}control: { bind: *here }\n`)).toMatchObject({
    ok: false,
    problems: [{ path: "control.bind", message: expect.stringMatching(/overlaps/) }],
  });
  expect(load(bomb)).toMatchObject({ ok: false, problems: [{ message: expect.stringMatching(/aliases expand/) }] });
});

test.each(["", "null", "[]", "just text", "- 1"])(
  "a file that holds no mapping is a problem, not an exception: %j",
  (text) => {
    expect(load(text).ok).toBe(false);
  },
);

test("a file that is not there is one problem", () => {
  const result = loadConfig(join(folder, "nowhere.yaml"), secretReader(environment));
  expect(result).toMatchObject({
    ok: false,
    problems: [{ line: 1, message: "the configuration cannot be read (ENOENT)" }],
  });
});

test("an error for who cannot go on has a line for each mistake", () => {
  load(changed("cluster: main", "cluster: mian").replace("policies", "nowhere"));
  const file = join(folder, "lockkeeper.yaml");
  const act = () => loadConfigOrThrow(file, secretReader(environment));
  expect(act).toThrow(
    expect.objectContaining({ code: "config-invalid", message: expect.stringMatching(/:9:14: .*\n.*:17:14: /) }),
  );
});
