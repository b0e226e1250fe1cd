// The demo's lockkeeper.yaml: the very file that anybody would write, with free ports and with secrets in files beside it.
import { mkdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePortRange, loopback } from "../parts/ports.ts";
import type { Cast } from "./people.ts";

const policies = join(import.meta.dirname, "..", "..", "..", "policies");
/** Node ids 0 to 9 have a port. */
const nodePorts = 10;

export interface SlackLogin {
  readonly token: string;
  readonly appToken: string;
  readonly channel: string;
  /** Null for Slack's own address. */
  readonly api: string | null;
  /** Slack user ids of kafka-admins. */
  readonly approvers: readonly string[];
  /** Carol's, where she has one. */
  readonly requester: string | null;
}

export interface Surroundings {
  readonly folder: string;
  readonly brokers: readonly string[];
  readonly issuer: string;
  readonly redisUrl: string;
  readonly cast: Cast;
  readonly slack: SlackLogin;
  /** The longest that a request waits for people, as a duration: `8s`. */
  readonly hold: string;
}

/** Writes the configuration and its secrets into the folder. @returns the file */
export async function writeConfiguration(around: Surroundings): Promise<string> {
  const { folder, cast, slack } = around;
  const secret = await secretFiles(folder);
  const user = async ({ name, groups, password }: Cast["service"]) => ({
    name,
    password: await secret(name, password),
    groups,
  });
  const configuration = {
    gateway: { name: "demo" },
    clusters: {
      main: {
        bootstrap: around.brokers,
        login: {
          mechanism: "scram-sha-256",
          username: cast.proxy.name,
          password: await secret("kafka", cast.proxy.password),
        },
      },
    },
    listeners: [
      {
        cluster: "main",
        bind: `${loopback}:0`,
        nodes: `${loopback}:${await freePortRange(nodePorts)}`,
        mechanisms: ["plain", "oauthbearer"],
      },
    ],
    identity: {
      oidc: [{ issuer: around.issuer, audience: "lockkeeper", principal: "preferred_username", groups: "groups" }],
      users: [await user(cast.service), await user(cast.carol)],
    },
    policy: { directory: policies },
    approvals: {
      redis: await secret("redis-url", around.redisUrl),
      prefix: `demo-${process.pid}`,
      holdUnknown: around.hold,
      holdByClient: { "apache-kafka-java": around.hold },
      groups: { "kafka-admins": { slack: slack.approvers, local: [userInfo().username] } },
      people: slack.requester === null ? [] : [{ principal: cast.carol.name, slack: slack.requester }],
      slack: {
        token: await secret("slack-token", slack.token),
        appToken: await secret("slack-app-token", slack.appToken),
        channel: slack.channel,
        ...(slack.api === null ? {} : { api: slack.api }),
      },
    },
    audit: {
      directory: "audit",
      key: { file: "keys/audit.key" },
      recordings: { directory: "sessions", payloads: "masked" },
    },
    control: { bind: `${loopback}:0` },
  };
  const file = join(folder, "lockkeeper.yaml");
  const head = "# Written by `npm run demo` for this run: ports and secrets are made up.\n";
  await writeFile(file, head + stringify(configuration));
  return file;
}

/** Secrets stand in files, so that every `lockkeeper` command works on this configuration without an environment. */
async function secretFiles(folder: string): Promise<(name: string, value: string) => Promise<{ file: string }>> {
  await mkdir(join(folder, "secrets"), { mode: 0o700 });
  return async (name, value) => {
    const file = join("secrets", name);
    await writeFile(join(folder, file), value, { mode: 0o600 });
    return { file };
  };
}
