// Avro and Protobuf with schemas in a real registry: written straight to the broker by Confluent's own serializers, read through the gateway by its
// own deserializers, who get what was written but for what the policy masks.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withAdmin } from "../support/kafkajs.ts";
import {
  nodeRegistryClient,
  pythonRegistryClient,
  type RegistryClient,
  type Where,
} from "../support/registry-clients.ts";
import { type Rig, startRig } from "../support/rig.ts";
import { type SchemaRegistry, startSchemaRegistry } from "../support/schema-registry.ts";
import { sharedServers } from "../support/shared.ts";

const R = "[redacted]";
const { kafka } = sharedServers();
let registry: SchemaRegistry;
let rig: Rig;
let broker: Where;
let gateway: Where;

const tags = `package lockkeeper

mask contains {"rule": "tagged PII", "tag": "PII", "method": "redact"} if {
	input.operation.name == "topic.read"
	startswith(input.operation.resource.name, "orders.registry.")
}
`;

beforeAll(async () => {
  registry = await startSchemaRegistry();
  const login = { mechanism: "scram-sha-256", username: "proxy", password: { env: "KAFKA_PASSWORD" } };
  const main = { bootstrap: kafka.sasl, login, schemaRegistry: { url: registry.url } };
  rig = await startRig({ sections: { clusters: { main } } });
  await writeFile(join(rig.policies, "tags.rego"), tags);
  await rig.eventsOnce({ codes: ["policy.loaded"] }, 2);
  broker = { bootstrap: kafka.bootstrap[0] ?? "", registry: registry.url };
  const alice = { name: "alice", password: rig.passwordOf("alice") };
  gateway = { bootstrap: rig.gateway().bootstrap, registry: registry.url, login: alice };
});
afterAll(async () => {
  await rig.stop();
  await registry.stop();
});

async function roundTrip(
  client: RegistryClient,
  form: "avro" | "protobuf",
  topic: string,
  values: readonly object[],
): Promise<unknown[]> {
  await withAdmin(rig.behind(), (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }));
  await client.write(broker, form, topic, values);
  return await client.read(gateway, form, topic, values.length);
}

describe("confluent-kafka for Python", () => {
  it("reads Avro with what paths and tags name masked, and everything else as it was written", async () => {
    const client = await pythonRegistryClient();
    const order = (id: number, card: string | null, born: string | null) => ({
      id,
      customer: { email: `person${id}@example.com`, card, born },
      notes: { a: ["x", "y"], b: [] },
      price: "12.50",
    });
    const values = [order(1, "4539-1", "1980-02-29"), order(2, null, null), order(2 ** 40, "4539-3", "2001-01-01")];
    const read = await roundTrip(client, "avro", "orders.registry.python-avro", values);
    expect(read).toEqual(values.map((value) => ({ ...value, customer: { email: R, card: R, born: "None" } })));
  });

  it("reads a large batch, which a worker thread masks with a schema that the event loop gets for it", async () => {
    const client = await pythonRegistryClient();
    const note = "x".repeat(2_000);
    const order = (id: number) => ({
      id,
      customer: { email: `person${id}@example.com`, card: "4539", born: null },
      notes: { a: [note] },
      price: "1.00",
    });
    const values = Array.from({ length: 200 }, (_, id) => order(id));
    const read = await roundTrip(client, "avro", "orders.registry.python-large", values);
    expect(read).toEqual(values.map((value) => ({ ...value, customer: { email: R, card: R, born: "None" } })));
  });

  it("reads Protobuf, of a message that is not the first of its file", async () => {
    const client = await pythonRegistryClient();
    const order = (id: number) => ({
      id: String(id),
      customer: { email: `person${id}@example.com`, card: "4539" },
      all: [{ email: "kept@example.com" }],
      labels: { a: "1", b: "2" },
    });
    const values = [order(1), order(2 ** 40)];
    const read = await roundTrip(client, "protobuf", "orders.registry.python-protobuf", values);
    expect(read).toEqual(values.map((value) => ({ ...value, customer: { email: R, card: R } })));
  });
});

describe("@confluentinc/schemaregistry with kafkajs", () => {
  it("reads Avro of a schema that refers to another", async () => {
    const client = await nodeRegistryClient();
    const record = (name: string, fields: readonly object[]) =>
      JSON.stringify({ type: "record", name, namespace: "shop.js", fields });
    const email = { name: "email", type: "string" };
    const phone = { name: "phone", type: ["null", "string"], "confluent:tags": ["PII"] };
    await registry.register("customer", { schema: record("Customer", [email, phone]) });
    await registry.register("orders.registry.js-avro-value", {
      schema: record("Order", [
        { name: "id", type: "long" },
        { name: "customer", type: "shop.js.Customer" },
        { name: "email", type: "string" },
      ]),
      references: [{ name: "shop.js.Customer", subject: "customer", version: 1 }],
    });
    const values = [1, 2].map((id) => ({ id, customer: { email: "a@example.com", phone: "1" }, email: "kept" }));
    const read = await roundTrip(client, "avro", "orders.registry.js-avro", values);
    expect(read).toEqual(values.map((value) => ({ ...value, customer: { email: R, phone: R } })));
  });

  it("reads Protobuf, whose schema the registry gives out as a descriptor", async () => {
    const client = await nodeRegistryClient();
    const values = [1, 2].map((id) => ({
      id: String(id),
      customer: { email: "a@example.com", card: "4539" },
      all: [{ email: "kept@example.com" }],
    }));
    const read = await roundTrip(client, "protobuf", "orders.registry.js-protobuf", values);
    expect(read).toEqual(values.map((value) => ({ ...value, customer: { email: R, card: R } })));
  });
});

it("the log counts masked fields by rule, and holds no value of them", async () => {
  const ranges = await rig.events({ codes: ["data.read"] });
  const text = JSON.stringify(ranges);
  expect(text).toContain("tagged PII");
  expect(text).toContain("pii $.customer.email");
  expect(text).not.toContain("@example.com");
});
