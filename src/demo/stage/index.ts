// The stage of the demo: every real part on free ports of this machine, started in order, ended in reverse. Says in one line each what it is.
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Kafka as KafkaClient } from "kafkajs";
import { LockkeeperError } from "../../base/errors.ts";
import { silentLog } from "../../base/log.ts";
import type { Paper } from "../paper.ts";
import { type Kafka, startKafka } from "../parts/kafka.ts";
import { type KafkaTools, kafkaTools, loginProperties } from "../parts/kafka-tools.ts";
import { type OidcPart, startOidc } from "../parts/oidc.ts";
import { type RedisPart, startRedis } from "../parts/redis.ts";
import { startSlackStandIn } from "../parts/slack-stand-in/index.ts";
import { type Approvers, humanApprovers, standInApprovers } from "./approvers.ts";
import { asAdmin, kafkaClient, withPassword, withToken } from "./clients.ts";
import { type SlackLogin, writeConfiguration } from "./configuration.ts";
import { type GatewayProcess, startGatewayProcess } from "./gateway.ts";
import { type AuditView, auditView } from "./log.ts";
import { type Cast, newCast, slackUsers } from "./people.ts";
import { realSlack } from "./real-slack.ts";

export interface Stage {
  readonly paper: Paper;
  readonly folder: string;
  readonly configFile: string;
  readonly kafka: Kafka;
  readonly redis: RedisPart;
  readonly oidc: OidcPart;
  readonly gateway: GatewayProcess;
  readonly approvers: Approvers;
  readonly log: AuditView;
  readonly cast: Cast;
  /** kafkajs through the gateway, as each of them. */
  readonly clients: { readonly [Name in "service" | "carol" | "alice" | "bob"]: KafkaClient };
  /** Kafka's own command line tools through the gateway, as Carol. */
  readonly tools: KafkaTools;
  /** Straight to the brokers, behind the gateway's back: what is really there. */
  readonly topicsAtBroker: () => Promise<string[]>;
  /** Whether these topics are there (or gone), or come to be so in some seconds: each broker learns of changes in its own time. */
  readonly atBroker: (wanted: "there" | "gone", ...names: readonly string[]) => Promise<boolean>;
}

const brokers = 2;
const settleMsMax = 30_000;
/** What a client that waits for nobody in particular gets in the story; people who press themselves need longer. */
const holds = { standIn: "8s", people: "25s" } as const;

export async function openStage(folder: string, paper: Paper, stack: AsyncDisposableStack): Promise<Stage> {
  const cast = newCast();
  const told = realSlack(process.env);
  const starting = [
    startBrokers(cast, stack),
    startRedisPart(folder, stack),
    startIssuer(cast, stack),
    told === null ? startStandIn(stack) : Promise.resolve(null),
  ] as const;
  // all of them to their end: one that is still starting when another has failed could not be ended
  await Promise.allSettled(starting);
  const [kafka, redis, oidc, standIn] = await Promise.all(starting);
  paper.check(
    true,
    `Kafka ${kafka.version}, ${brokers} brokers (${kafka.sasl.join(", ")}), SASL; the gateway's own account there is “proxy” (SCRAM-SHA-256)`,
  );
  paper.check(true, redis.ours ? `Redis (${new URL(redis.url).host})` : "Redis (that of REDIS_URL)");
  paper.check(true, `an OpenID Connect issuer (${oidc.issuer}) that knows alice and bob`);
  if (standIn !== null) paper.check(true, `a stand-in for Slack, to look at: ${standIn.pageUrl}`);

  const slack = told ?? standInLogin(standIn?.apiUrl ?? "", standIn?.token ?? "", standIn?.appToken ?? "");
  const configFile = await writeConfiguration({
    folder,
    brokers: kafka.sasl,
    issuer: oidc.issuer,
    redisUrl: redis.url,
    cast,
    slack,
    hold: told === null ? holds.standIn : holds.people,
  });
  const gateway = await startGatewayProcess(configFile, join(folder, "gateway.log"));
  stack.defer(() => gateway.stop());
  paper.check(true, `the gateway (${gateway.bootstrap}), with the policies of policies/`);

  const log = auditView(join(folder, "audit"));
  const behind = kafkaClient(kafka.bootstrap, "behind-the-gateway");
  const topicsAtBroker = async () => await asAdmin(behind, async (admin) => await admin.listTopics());
  const through = [gateway.bootstrap];
  const tools = await kafkaTools(
    through,
    loginProperties({ mechanism: "PLAIN", username: cast.carol.name, password: cast.carol.password }),
  );
  stack.defer(() => tools.remove());
  return {
    paper,
    folder,
    configFile,
    kafka,
    redis,
    oidc,
    gateway,
    approvers: standIn === null ? humanApprovers(slack, log, (what) => paper.say(what)) : standInApprovers(standIn),
    log,
    cast,
    clients: {
      service: kafkaClient(through, "orders-service", withPassword(cast.service)),
      carol: kafkaClient(through, "carols-laptop", withPassword(cast.carol)),
      alice: kafkaClient(through, "alices-notebook", withToken(cast.alice, oidc)),
      bob: kafkaClient(through, "bobs-script", withToken(cast.bob, oidc)),
    },
    tools,
    topicsAtBroker,
    atBroker: async (wanted, ...names) => {
      const asWanted = (topics: string[]) => names.every((name) => topics.includes(name) === (wanted === "there"));
      for (const end = performance.now() + settleMsMax; performance.now() < end; await wait(100)) {
        if (asWanted(await topicsAtBroker())) return true;
      }
      return false;
    },
  };
}

async function startBrokers({ proxy }: Cast, stack: AsyncDisposableStack): Promise<Kafka> {
  const kafka = await startKafka({ brokers, users: { [proxy.name]: proxy.password }, superUsers: [proxy.name] });
  stack.defer(() => kafka.stop());
  return kafka;
}

async function startRedisPart(folder: string, stack: AsyncDisposableStack): Promise<RedisPart> {
  const redis = await startRedis({ dir: join(folder, "redis"), log: silentLog });
  stack.defer(() => redis.stop());
  return redis;
}

async function startIssuer({ alice, bob }: Cast, stack: AsyncDisposableStack): Promise<OidcPart> {
  const users = [alice, bob].map(({ name, groups, password }) => ({ name, groups, secret: password }));
  const oidc = await startOidc({ users });
  stack.defer(() => oidc.stop());
  return oidc;
}

async function startStandIn(stack: AsyncDisposableStack) {
  const slack = await startSlackStandIn({ users: slackUsers });
  stack.defer(() => slack.stop());
  return slack;
}

function standInLogin(api: string, token: string, appToken: string): SlackLogin {
  if (api === "") throw new LockkeeperError("setup-failed", "the stand-in for Slack has no address");
  const [, , carol] = slackUsers;
  return {
    token,
    appToken,
    channel: "#kafka-approvals",
    api,
    approvers: slackUsers.map(({ id }) => id),
    requester: carol.id,
  };
}
