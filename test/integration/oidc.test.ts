// Logins with tokens of a real OpenID Connect issuer: kafkajs with a token that it is given, Java with client credentials that it takes to
// the token endpoint by itself, and a Java consumer that outlives its session by logging in again (KIP-368).
import type { KafkaConfig } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type KafkaTools, kafkaTools } from "../../src/demo/parts/kafka-tools.ts";
import { type OidcPart, startOidc } from "../../src/demo/parts/oidc.ts";
import { freePortRange, loopback } from "../../src/demo/parts/ports.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import { saslAuthenticate } from "../../src/protocols/kafka/messages/sasl-authenticate.ts";
import { saslHandshake } from "../../src/protocols/kafka/messages/sasl-handshake.ts";
import { errorOf, maskedOrder, order, orders, readValues, withAdmin, withProducer } from "../support/kafkajs.ts";
import { type Rig, startRig } from "../support/rig.ts";
import { eventually } from "../support/wait.ts";
import { openWire } from "../support/wire.ts";
import { startIssuer, type TestIssuer } from "../unit/identity/issuer.ts";

const sessionSeconds = 3;

const parts = new AsyncDisposableStack();
let oidc: OidcPart;
/** Signs whatever it is asked to. */
let issuer: TestIssuer;
let rig: Rig;
const handedOut: string[] = [];

beforeAll(async () => {
  oidc = await startOidc({
    users: [
      { name: "alice", groups: ["analysts"] },
      { name: "bob", groups: ["guests"] },
      { name: "sam", groups: ["services"] },
    ],
  });
  parts.defer(() => oidc.stop());
  issuer = parts.use(await startIssuer());
  const listener = {
    cluster: "main",
    bind: `${loopback}:0`,
    nodes: `${loopback}:${await freePortRange(10)}`,
    mechanisms: ["oauthbearer"],
    session: `${sessionSeconds}s`,
  };
  const names = { audience: "lockkeeper", principal: "preferred_username", groups: "groups" };
  const issuers = [oidc.issuer, issuer.url].map((url) => ({ issuer: url, ...names }));
  rig = await startRig({ sections: { listeners: [listener], identity: { oidc: issuers } } });
  parts.defer(() => rig.stop());
});
afterAll(() => parts.disposeAsync());

function withToken(token: () => Promise<string>, config: Partial<KafkaConfig> = {}) {
  const oauthBearerProvider = async () => {
    const value = await token();
    handedOut.push(value);
    return { value };
  };
  return rig.kafkajs("alice", { sasl: { mechanism: "oauthbearer", oauthBearerProvider }, ...config });
}

async function createTopic(topic: string): Promise<void> {
  await withAdmin(rig.behind(), (admin) => admin.createTopics({ topics: [{ topic }], waitForLeaders: true }));
}

async function javaAs(user: string): Promise<KafkaTools> {
  // Java sends a client secret only to addresses that this property lists.
  vi.stubEnv("JDK_JAVA_OPTIONS", `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${oidc.tokenEndpoint}`);
  const login = "org.apache.kafka.common.security.oauthbearer";
  return await kafkaTools([rig.gateway().bootstrap], {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "OAUTHBEARER",
    "sasl.login.callback.handler.class": `${login}.OAuthBearerLoginCallbackHandler`,
    "sasl.oauthbearer.token.endpoint.url": oidc.tokenEndpoint,
    "sasl.jaas.config": `${login}.OAuthBearerLoginModule required clientId="${user}" clientSecret="${oidc.secretOf(user)}";`,
  });
}

describe("a token of the issuer", () => {
  it("logs kafkajs in: the service writes, the analyst reads masked, the guest is refused", async () => {
    const topic = "orders.oidc";
    await createTopic(topic);
    await withProducer(
      withToken(() => oidc.tokenFor("sam")),
      (producer) => producer.send({ topic, messages: orders(1, 1) }),
    );
    const read = await readValues(
      withToken(() => oidc.tokenFor("alice")),
      { topics: [topic], groupId: "oidc", count: 1 },
    );
    expect(read).toEqual([maskedOrder(1)]);
    const refused = await errorOf(
      withAdmin(
        withToken(() => oidc.tokenFor("bob")),
        (admin) => admin.fetchTopicOffsets(topic),
      ),
    );
    expect(refused).toBe("TOPIC_AUTHORIZATION_FAILED");
    const [login] = await rig.eventsOnce({ codes: ["session.authenticated"], principal: "alice" });
    expect(JSON.stringify(login?.envelope)).toContain(oidc.issuer);
  });
});

describe("a token that is no login", () => {
  const claims = { preferred_username: "alice", groups: ["analysts"] };
  const now = () => Math.floor(Date.now() / 1000);

  it.each([
    ["has expired", () => issuer.token({ ...claims, aud: "lockkeeper", exp: now() - 60 }), /expired/],
    [
      "is meant for somebody else",
      () => issuer.token({ ...claims, aud: "another-service", exp: now() + 600 }),
      /"aud"/,
    ],
  ] as const)("because it %s is refused, and only the log says why", async (_why, token, reason) => {
    const before = await rig.events({ codes: ["session.authentication-failed"] });
    const refused = await errorOf(
      withAdmin(withToken(token, { retry: { retries: 0 } }), (admin) => admin.listTopics()),
    );
    expect(refused).not.toMatch(reason);
    const failures = await rig.eventsOnce({ codes: ["session.authentication-failed"] }, before.length + 1);
    expect(JSON.stringify(failures.at(-1)?.envelope)).toMatch(new RegExp(reason.source.replaceAll('"', '\\\\"')));
  });
});

describe("a session that is shorter than a connection", () => {
  it("is told to the client, and a client that does not log in again is closed", async () => {
    const wire = await openWire(rig.gateway().bootstrap);
    const auth = Buffer.from(`n,,\u0001auth=Bearer ${await oidc.tokenFor("alice")}\u0001\u0001`);
    await wire.ask(saslHandshake, 1, { mechanism: "OAUTHBEARER" });
    const answer = await wire.ask(saslAuthenticate, 1, { authBytes: auth });
    expect(Number(answer.sessionLifetimeMs)).toBeGreaterThan(0);
    expect(Number(answer.sessionLifetimeMs)).toBeLessThanOrEqual(sessionSeconds * 1000);
    const start = performance.now();
    const asking = () =>
      wire.ask(metadata, 12, { topics: [] }).then(
        () => false,
        () => true,
      );
    await eventually(asking);
    expect(performance.now() - start).toBeGreaterThan(Number(answer.sessionLifetimeMs) - 500);
    await wire.closed;
    const aborted = await rig.eventsOnce({ codes: ["session.aborted"], principal: "alice" });
    expect(JSON.stringify(aborted[0]?.envelope)).toContain("the login has expired");
  });

  it("does not end a Java consumer, which took its token from the endpoint and logs in again over the same connection", async () => {
    const topic = "orders.oidc-java";
    await createTopic(topic);
    const java = await javaAs("alice");
    const expired = await rig.events({ codes: ["session.aborted"], principal: "alice" });
    const write = (id: number) =>
      withProducer(rig.behind(), (producer) => producer.send({ topic, messages: [{ value: order(id) }] }));
    await write(1);
    const args = ["--topic", topic, "--from-beginning", "--max-messages", "2", "--group", "oidc-java"];
    const since = Date.now();
    const reading = java.run("console-consumer", args);

    // It has outlived its session twice.
    await eventually(
      async () => {
        const logins = await rig.events({ codes: ["session.authenticated"], principal: "alice", since });
        const bySession = Object.values(Object.groupBy(logins, ({ session }) => session ?? ""));
        return bySession.some((same) => (same?.length ?? 0) >= 3);
      },
      { deadlineMs: 40_000, what: "a Java session with two more logins" },
    );
    await write(2);

    const { code, stdout } = await reading;
    await java.remove();
    expect(code).toBe(0);
    expect(stdout.trim().split("\n")).toEqual([maskedOrder(1), maskedOrder(2)]);
    const [before, after] = [
      expired.length,
      (await rig.events({ codes: ["session.aborted"], principal: "alice" })).length,
    ];
    expect(after).toBe(before);
  });
});

it("no token and no client secret is in the gateway's log", () => {
  const secrets = [...handedOut, ...["alice", "bob", "sam"].map((user) => oidc.secretOf(user))];
  expect(handedOut.length).toBeGreaterThan(2);
  for (const secret of secrets) expect(rig.printed()).not.toContain(secret);
});
