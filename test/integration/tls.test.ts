// TLS and what is proved by it, with unchanged clients: SCRAM over TLS, a certificate as the login, one port with a name for each broker,
// and files that change while the gateway runs. Kafka's own tools and kafkajs; the two brokers that all tests share.
import { copyFileSync, readFileSync as read, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { Kafka, logLevel, type SASLOptions } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type KafkaTools, kafkaTools, loginProperties } from "../../src/demo/parts/kafka-tools.ts";
import { freePort, freePortRange } from "../../src/demo/parts/ports.ts";
import { type Authority, type Certificate, createAuthority } from "../support/certificates.ts";
import { errorOf, maskedOrder, order, orders, readValues, withAdmin, withProducer } from "../support/kafkajs.ts";
import { leakedPorts, type Person, type Rig, startRig, succeeded } from "../support/rig.ts";
import { tempDir } from "../support/temp-dir.ts";
import { eventually } from "../support/wait.ts";

const host = "127.0.0.1";
const folder = tempDir();
const file = (name: string): string => join(folder.path, name);
const authority = createAuthority(folder.path);
const stranger = createAuthority(folder.path, "stranger", "/O=Elsewhere/CN=Other CA");
const gatewayNames = ["DNS:localhost", "DNS:*.kafka.test", `IP:${host}`];
const server = { cert: file("gateway.pem"), key: file("gateway.key") };
const topic = "orders.tls";
const sni = await freePort();
let rig: Rig;
let tools: KafkaTools[] = [];

/** In the order of the configuration. */
const places = { scram: 0, login: 1, sni: 2, required: 3 } as const;
const addressOf = (place: keyof typeof places): string => rig.gateway().ready.listeners[places[place]]?.address ?? "";

function install({ cert, key }: Certificate): void {
  copyFileSync(cert, server.cert);
  copyFileSync(key, server.key);
}

const certificateOf = (from: Authority, name: string, subject: string, days = 2): Certificate =>
  from.issue(name, { subject, names: [`URI:spiffe://example.com/sa/${name}`], days });

beforeAll(async () => {
  install(authority.issue("first", { subject: "/CN=first", names: gatewayNames }));
  const nodes = await Promise.all([1, 2, 3].map(() => freePortRange(10)));
  const common = { cluster: "main", bind: `${host}:0` };
  const clientCa = authority.cert;
  const accounts = [
    { name: "alice", groups: ["analysts"] },
    { name: "service", groups: ["services"] },
  ];
  const users = accounts.map(({ name, groups }) => ({
    name,
    groups,
    password: { env: `${name.toUpperCase()}_PASSWORD` },
  }));
  const scram = ["scram-sha-256", "scram-sha-512"];
  rig = await startRig({
    withoutPolicies: ["approvals.rego", "approvals_test.rego"],
    sections: {
      listeners: [
        { ...common, nodes: `${host}:${nodes[0]}`, tls: server, mechanisms: ["plain", ...scram] },
        { ...common, nodes: `${host}:${nodes[1]}`, tls: { ...server, clientCa, client: "login" } },
        {
          ...common,
          bind: `${host}:${sni}`,
          sni: `broker-{node}.kafka.test:${sni}`,
          advertise: "bootstrap.kafka.test",
          tls: server,
          mechanisms: scram,
        },
        { ...common, nodes: `${host}:${nodes[2]}`, tls: { ...server, clientCa }, mechanisms: scram },
      ],
      identity: {
        users,
        certificates: [
          { match: { cn: "service" }, groups: ["services"] },
          {
            match: { uri: "spiffe://example.com/sa/*", dn: "CN=analyst,O=Example" },
            principal: "uri",
            groups: ["analysts"],
          },
        ],
      },
    },
  });
  await withAdmin(rig.behind(), (admin) =>
    admin.createTopics({
      topics: [{ topic, replicaAssignment: [1, 2].map((node, partition) => ({ partition, replicas: [node] })) }],
      waitForLeaders: true,
    }),
  );
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(tools.map((one) => one.remove()));
  await rig.stop();
  folder[Symbol.dispose]();
});

/** Kafka's tools with these properties over what every client needs to trust us. */
async function javaAt(address: string, properties: Record<string, string>): Promise<KafkaTools> {
  const trust = { "ssl.truststore.type": "PEM", "ssl.truststore.location": authority.cert };
  const made = await kafkaTools([address], { ...trust, ...properties });
  tools = [...tools, made];
  return made;
}

function scramOverTls(person: Person, mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-512", password = rig.passwordOf(person)) {
  return { ...loginProperties({ mechanism, username: person, password }), "security.protocol": "SASL_SSL" };
}

/** A key store as Java reads it from PEM: the key and its chain in one file. */
function keyStore(certificate: Certificate): Record<string, string> {
  const path = `${certificate.cert}.store`;
  const parts = [certificate.key, certificate.cert].map((part) => read(part).toString());
  writeFileSync(path, parts.join(""));
  return { "security.protocol": "SSL", "ssl.keystore.type": "PEM", "ssl.keystore.location": path };
}

/** Writes one order and reads all that were written through the topic so far. */
async function roundTrip(producer: KafkaTools, consumer: KafkaTools, group: string, id: number): Promise<string> {
  succeeded(await producer.run("console-producer", ["--topic", topic], { input: `${order(id)}\n` }));
  const { stdout: ends } = succeeded(await (await rig.toolsBehind()).run("get-offsets", ["--topic", topic]));
  const count = ends
    .trim()
    .split("\n")
    .reduce((sum, line) => sum + Number(line.split(":")[2]), 0);
  const wanted = ["--topic", topic, "--group", group, "--from-beginning", "--max-messages", String(count)];
  return succeeded(await consumer.run("console-consumer", wanted)).stdout;
}

interface JsClient {
  readonly address: string;
  readonly sasl?: SASLOptions;
  readonly tls?: ConnectionOptions;
}

/** kafkajs that finds every name on loopback, as a resolver would. */
function js({ address, sasl, tls = {} }: JsClient): Kafka {
  return new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    retry: { retries: 1, initialRetryTime: 100 },
    ssl: true,
    ...(sasl && { sasl }),
    socketFactory: ({ host: name, port, onConnect }) => {
      const servername = /^[\d.]+$/.test(name) ? {} : { servername: name };
      return connect({ host, port, ca: read(authority.cert), ...servername, ...tls }, onConnect);
    },
  });
}

const scram = (mechanism: "scram-sha-256" | "scram-sha-512", person: Person): SASLOptions => ({
  mechanism,
  username: person,
  password: rig.passwordOf(person),
});
const pem = ({ cert, key }: Certificate) => ({ cert: read(cert), key: read(key) });
const loggedLine = (pattern: RegExp) => eventually(() => pattern.exec(rig.gateway().logText()) ?? undefined);

describe("SCRAM over TLS", () => {
  it.each(["SCRAM-SHA-512", "SCRAM-SHA-256"] as const)(
    "lets Kafka's console tools write and read masked records: %s",
    async (mechanism) => {
      const id = mechanism === "SCRAM-SHA-512" ? 512 : 256;
      const [service, alice] = [
        await javaAt(addressOf("scram"), scramOverTls("service", mechanism)),
        await javaAt(addressOf("scram"), scramOverTls("alice", mechanism)),
      ];
      expect(await roundTrip(service, alice, `tls-${mechanism}`, id)).toContain(maskedOrder(id));
      const [login] = await rig.eventsOnce({ codes: ["session.authenticated"], principal: "service" });
      expect(login).toMatchObject({ principal: "service" });
    },
  );

  it("refuses a wrong password and an unknown name in the same words, as final", async () => {
    const said = await Promise.all(
      [scramOverTls("alice", "SCRAM-SHA-512", "wrong"), scramOverTls("bob", "SCRAM-SHA-512")].map(
        async (properties) => {
          const client = await javaAt(addressOf("scram"), properties);
          const { code, stdout, stderr } = await client.run("topics", ["--list"]);
          expect(code).not.toBe(0);
          return /SaslAuthenticationException: (.*)/.exec(stdout + stderr)?.[1];
        },
      ),
    );
    expect(said[0]).toBe("Authentication failed: invalid credentials with SASL mechanism SCRAM-SHA-512.");
    expect(said[1]).toBe(said[0]);
  });
});

describe("a certificate as the login", () => {
  it("lets Kafka's console tools in with security.protocol=SSL and nothing else", async () => {
    const service = await javaAt(
      addressOf("login"),
      keyStore(certificateOf(authority, "svc", "/O=Example/CN=service")),
    );
    const analyst = await javaAt(
      addressOf("login"),
      keyStore(certificateOf(authority, "ana", "/O=Example/CN=analyst")),
    );
    expect(await roundTrip(service, analyst, "tls-mtls", 700)).toContain(maskedOrder(700));
    await rig.eventsOnce({ codes: ["data.read"], principal: "spiffe://example.com/sa/ana" });
  });

  it("lets kafkajs in, and refuses what its groups may not do", async () => {
    const kafka = js({
      address: addressOf("login"),
      tls: pem(certificateOf(authority, "ana", "/O=Example/CN=analyst")),
    });
    const read7 = await readValues(kafka, { topics: [topic], groupId: "tls-js", count: 1 });
    expect(read7[0]).toContain("[redacted]");
    const written = withProducer(kafka, (producer) => producer.send({ topic, messages: orders(1, 1) }));
    expect(await errorOf(written)).toBe("TOPIC_AUTHORIZATION_FAILED");
  });

  it.each<[string, () => ConnectionOptions, RegExp]>([
    ["no certificate", () => ({}), /PEER_DID_NOT_RETURN_A_CERTIFICATE.*TLS handshake failed/],
    [
      "another authority's",
      () => pem(certificateOf(stranger, "svc", "/O=Example/CN=service")),
      /UNABLE_TO_VERIFY_LEAF.*TLS handshake failed/,
    ],
    [
      "one that has expired",
      () => pem(certificateOf(authority, "svc", "/O=Example/CN=service", -1)),
      /CERT_HAS_EXPIRED.*TLS handshake failed/,
    ],
    [
      "one that no entry knows",
      () => pem(certificateOf(authority, "who", "/O=Example/CN=somebody")),
      /no entry of identity.certificates.*client certificate refused/,
    ],
  ])("is refused with a line in the log: %s", async (_name, tls, line) => {
    const refused = withAdmin(js({ address: addressOf("login"), tls: tls() }), (admin) => admin.listTopics());
    await expect(refused).rejects.toThrow(/.+/);
    await loggedLine(line);
  });

  it("is on record with the name that it claims when no entry knows it", async () => {
    const [failed] = await rig.eventsOnce({ codes: ["session.authentication-failed"] });
    // SASL failures of other tests are here too; only ours names a subject.
    const all = JSON.stringify(await rig.events({ codes: ["session.authentication-failed"] }));
    expect(failed).toBeDefined();
    expect(all).toContain("CN=somebody,O=Example");
  });
});

describe("a certificate beside a login", () => {
  it("is needed, and the login all the same", async () => {
    const sasl = scram("scram-sha-512", "alice");
    const tls = pem(certificateOf(authority, "any", "/O=Example/CN=anything"));
    const listed = (client: Omit<JsClient, "address">) =>
      withAdmin(js({ address: addressOf("required"), ...client }), (admin) => admin.listTopics());
    expect(await listed({ sasl, tls })).toContain(topic);
    await expect(listed({ sasl })).rejects.toThrow(/.+/);
    await expect(listed({ tls })).rejects.toThrow(/.+/);
  });
});

describe("one port with a name for each broker", () => {
  it.each(["scram-sha-256", "scram-sha-512"] as const)(
    "is all that kafkajs needs for partitions on both brokers: %s",
    async (mechanism) => {
      const [service, alice] = [
        js({ address: addressOf("sni"), sasl: scram(mechanism, "service") }),
        js({ address: addressOf("sni"), sasl: scram(mechanism, "alice") }),
      ];
      const { brokers } = await withAdmin(alice, (admin) => admin.describeCluster());
      expect(brokers.map(({ host: name, port }) => `${name}:${port}`).toSorted()).toEqual([
        `broker-1.kafka.test:${sni}`,
        `broker-2.kafka.test:${sni}`,
      ]);
      expect(leakedPorts(rig, JSON.stringify(brokers))).toEqual([]);
      const messages = [0, 1].map((partition) => ({ partition, value: order(900 + partition) }));
      const written = await withProducer(service, (producer) => producer.send({ topic, messages }));
      expect(written.map(({ partition, errorCode }) => `${partition}:${errorCode}`).toSorted()).toEqual(["0:0", "1:0"]);
      const values = await eventually(
        async () => {
          const all = await readValues(alice, { topics: [topic], groupId: `sni-${crypto.randomUUID()}`, count: 4 });
          return all.length >= 4 && all;
        },
        { deadlineMs: 60_000 },
      );
      expect(values.every((value) => value.includes("[redacted]"))).toBe(true);
    },
  );

  it("is all that Kafka's tools need", async () => {
    const names = ["bootstrap", "broker-1", "broker-2"].map((name) => `${host} ${name}.kafka.test\n`);
    writeFileSync(file("hosts"), names.join(""));
    vi.stubEnv("JAVA_TOOL_OPTIONS", `-Djdk.net.hosts.file=${file("hosts")}`);
    const [service, alice] = [
      await javaAt(addressOf("sni"), scramOverTls("service", "SCRAM-SHA-512")),
      await javaAt(addressOf("sni"), scramOverTls("alice", "SCRAM-SHA-512")),
    ];
    expect(await roundTrip(service, alice, "sni-java", 950)).toContain(maskedOrder(950));
    vi.unstubAllEnvs();
  });

  it("takes each name to its own broker", async () => {
    const started = JSON.stringify(await rig.events({ codes: ["session.started"] }));
    for (const name of ["broker-1.kafka.test", "broker-2.kafka.test", "bootstrap.kafka.test"])
      expect(started).toContain(`${name}:${sni}`);
  });
});

describe("files that change while the gateway runs", () => {
  const health = async (): Promise<string> =>
    (await fetch(`http://${rig.gateway().ready.control}/health/ready`)).text();

  async function served(address: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
    const port = Number(address.split(":")[1]);
    const socket = connect({ host, port, ca: read(authority.cert), servername: "localhost" }, () => resolve(socket));
    socket.on("error", reject);
    const { subject } = (await promise).getPeerCertificate();
    socket.destroy();
    return String(subject.CN);
  }

  it("are served to new connections on every port, and connections that stand go on", async () => {
    await withProducer(js({ address: addressOf("sni"), sasl: scram("scram-sha-512", "service") }), async (producer) => {
      await producer.send({ topic, messages: orders(1_000, 2) });
      install(authority.issue("second", { subject: "/CN=second", names: gatewayNames }));
      for (const place of ["scram", "sni"] as const) {
        await eventually(async () => (await served(addressOf(place))) === "second");
      }
      const [again] = await producer.send({ topic, messages: orders(1_002, 1) });
      expect(again?.errorCode).toBe(0);
    });
  });

  it("leave the old ones in place when they are broken, and health and log say so", async () => {
    const { key } = certificateOf(stranger, "wrong", "/CN=wrong");
    copyFileSync(key, server.key);
    await loggedLine(/the key is not the certificate's.*new TLS files refused/);
    expect(await served(addressOf("scram"))).toBe("second");
    expect(await health()).toMatch(
      /"listeners\[0\]":"new files refused: the key is not the certificate's; the old ones: valid until/,
    );

    install(authority.issue("third", { subject: "/CN=third", names: gatewayNames }));

    await eventually(async () => (await served(addressOf("scram"))) === "third");
    await eventually(async () => !(await health()).includes("refused"));
  });
});

it("no secret was printed or logged in all of this", () => {
  const printed = rig.printed();
  expect(rig.secrets.filter((secret) => secret !== "" && printed.includes(secret))).toEqual([]);
});
