// How approvers are asked: what the configuration becomes on its way to the approver process, and what it refuses.
import { mkdirSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { channelsOf } from "../../../src/app/approvals.ts";
import { channelSettings } from "../../../src/approvals/channels/index.ts";
import { parseConfig } from "../../../src/config/load.ts";
import { describeProblem } from "../../../src/config/mistakes.ts";
import { secretReader } from "../../../src/config/secrets.ts";
import { tempDir } from "../../support/temp-dir.ts";

const folder = tempDir();
afterAll(() => folder[Symbol.dispose]());
mkdirSync(`${folder.path}/policies`);
const key = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;

function parse(approvals: string) {
  const text = `clusters: { main: { bootstrap: [127.0.0.1:9092], login: { mechanism: none } } }
listeners: [{ cluster: main, bind: 127.0.0.1:19092, nodes: 127.0.0.1:19100, mechanisms: [plain] }]
identity: { users: [{ name: alice, password: { env: A } }] }
policy: { directory: policies }
audit: { directory: audit, key: { file: audit.key } }
approvals: { redis: "redis://127.0.0.1:6379", ${approvals} }
`;
  const secrets = { A: "a", BOT: "xoxb-1", APP: "xapp-1", SIGN: "s3", HOOK: key, SHORT: "whsec_c2hvcnQ=" };
  return parseConfig(text, "f", { directory: folder.path, readSecret: secretReader(secrets) });
}

function channels(approvals: string): unknown {
  const result = parse(approvals);
  if (!result.ok) throw new Error(result.problems.map(describeProblem).join("\n"));
  if (result.config.approvals === null) throw new Error("the section is there");
  return channelSettings.parse(channelsOf(result.config.approvals));
}

const slack = (how: string) => `slack: { token: { env: BOT }, channel: C0A, ${how} }`;
const hook = (url: string, secret = "HOOK") => `{ url: "${url}", secret: { env: ${secret} } }`;

describe("the approver process is told", () => {
  test("of the log alone where nobody else is asked", () => {
    expect(channels("groups: {}")).toEqual({ console: {} });
  });

  test("of Slack by Socket Mode, or by signed HTTP with its own address", () => {
    const base = { token: "xoxb-1", channel: "C0A" };

    expect(channels(slack("appToken: { env: APP }"))).toEqual({ slack: { ...base, appToken: "xapp-1" } });
    expect(channels(slack('signingSecret: { env: SIGN }, bind: "127.0.0.1:3000"'))).toEqual({
      slack: { ...base, signingSecret: "s3", bind: { host: "127.0.0.1", port: 3_000 } },
    });
  });

  test("of every webhook", () => {
    expect(channels(`webhooks: [${hook("https://a.example/x")}, ${hook("http://127.0.0.1:9/y")}]`)).toEqual({
      webhooks: [
        { url: "https://a.example/x", secret: key },
        { url: "http://127.0.0.1:9/y", secret: key },
      ],
    });
  });
});

test.each([
  ["no address for signed HTTP", slack("signingSecret: { env: SIGN }"), "signingSecret needs bind"],
  ["an address for nothing", slack('appToken: { env: APP }, bind: "127.0.0.1:3000"'), "bind has no effect"],
  [
    "both ways",
    slack('appToken: { env: APP }, signingSecret: { env: SIGN }, bind: "127.0.0.1:3000"'),
    "give either appToken",
  ],
  [
    "another's port",
    slack('signingSecret: { env: SIGN }, bind: "127.0.0.1:9900"'),
    "port 9900 overlaps port 9900 of control.bind",
  ],
  [
    "a webhook in the clear",
    `webhooks: [${hook("http://hooks.example.com/x")}]`,
    "https, or http on a loopback address only",
  ],
  [
    "a webhook twice",
    `webhooks: [${hook("https://a.example/x")}, ${hook("https://a.example/x")}]`,
    "this address is given twice",
  ],
  ["a key that is too short", `webhooks: [${hook("https://a.example/x", "SHORT")}]`, "24 to 64 random bytes"],
  [
    "a user group's handle",
    `${slack("appToken: { env: APP }")}, groups: { a: { slackGroups: ["@admins"] } }`,
    "not its handle",
  ],
  [
    "a user group without Slack",
    "groups: { a: { slackGroups: [S0ADMINS] } }",
    "cannot be asked without approvals.slack",
  ],
])("%s is a mistake", (_, approvals, words) => {
  const result = parse(approvals);

  expect(result.ok ? [] : result.problems.map(describeProblem).join("\n")).toContain(words);
});
