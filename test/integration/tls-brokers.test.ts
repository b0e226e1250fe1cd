// TLS towards a broker that asks for a certificate: the gateway trusts the authority it was given, shows its own certificate, and takes up
// new files while it runs. A broker of its own, since its listener speaks TLS.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Kafka, startKafka } from "../../src/demo/parts/kafka.ts";
import { type Authority, type Certificate, createAuthority } from "../support/certificates.ts";
import { withAdmin } from "../support/kafkajs.ts";
import { type Rig, startRig } from "../support/rig.ts";
import { tempDir } from "../support/temp-dir.ts";
import { eventually } from "../support/wait.ts";

const folder = tempDir();
const file = (name: string): string => join(folder.path, name);
const authority = createAuthority(folder.path);
const stranger = createAuthority(folder.path, "stranger", "/O=Elsewhere/CN=Other CA");
const own = { ca: file("trusted.pem"), cert: file("own.pem"), key: file("own.key") };
let kafka: Kafka;
let rig: Rig;

function install(trusted: Authority, { cert, key }: Certificate): void {
  copyFileSync(trusted.cert, own.ca);
  copyFileSync(cert, own.cert);
  copyFileSync(key, own.key);
}

beforeAll(async () => {
  const broker = authority.issue("broker", { subject: "/CN=broker", names: ["IP:127.0.0.1"] });
  const store = file("broker.store");
  writeFileSync(store, [broker.key, broker.cert].map((part) => readFileSync(part, "utf8")).join(""));
  install(authority, authority.issue("proxy", { subject: "/CN=proxy" }));
  kafka = await startKafka({
    brokers: 1,
    heapMb: 256,
    extraProperties: {
      "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT,SASL:SASL_SSL,FRONT:PLAINTEXT",
      "listener.name.sasl.ssl.keystore.type": "PEM",
      "listener.name.sasl.ssl.keystore.location": store,
      "listener.name.sasl.ssl.truststore.type": "PEM",
      "listener.name.sasl.ssl.truststore.location": authority.cert,
      "listener.name.sasl.ssl.client.auth": "required",
    },
  });
  rig = await startRig({
    kafka,
    sections: {
      clusters: {
        main: {
          bootstrap: kafka.sasl,
          tls: own,
          login: { mechanism: "scram-sha-512", username: "proxy", password: { env: "KAFKA_PASSWORD" } },
        },
      },
    },
  });
});
afterAll(async () => {
  await rig.stop();
  await kafka.stop();
  folder[Symbol.dispose]();
});

const listing = () => withAdmin(rig.kafkajs("carol"), (admin) => admin.listTopics());
const ready = async (): Promise<string> => (await fetch(`http://${rig.gateway().ready.control}/health/ready`)).text();

it("reaches its broker, as health says with the certificate's end", async () => {
  await eventually(async () => (await ready()).includes('"main":"reached"'));
  expect(await listing()).toBeInstanceOf(Array);
  expect(await ready()).toMatch(/"clusters\.main":"valid until 20/);
});

it("trusts nobody else once the authority's file was changed, and comes back when it is mended", async () => {
  install(stranger, authority.issue("proxy", { subject: "/CN=proxy" }));
  await eventually(() => rig.gateway().logText().includes("TLS files reloaded"));
  await expect(listing()).rejects.toThrow(/.+/);
  await eventually(async () => /"main":"away: broker 127\.0\.0\.1:\d+: [A-Z_]*(VERIFY|ISSUER)/.test(await ready()), {
    deadlineMs: 30_000,
  });

  install(authority, authority.issue("proxy", { subject: "/CN=proxy-2" }));

  await eventually(async () => Array.isArray(await listing()), { deadlineMs: 30_000 });
  await eventually(async () => (await ready()).includes('"main":"reached"'), { deadlineMs: 30_000 });
});
