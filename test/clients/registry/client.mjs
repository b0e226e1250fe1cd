// Confluent's serializers for JavaScript over kafkajs: writes and reads records of test/integration/masking-registry.test.ts. Knows nothing of a gateway.
//   client.mjs write|read avro|protobuf TOPIC COUNT     where: BOOTSTRAP, REGISTRY, LOGIN ("name password", or nothing), CLIENT_MODULES
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(join(process.env.CLIENT_MODULES, "any.js"));
const { Kafka, logLevel } = require("kafkajs");
const registry = require("@confluentinc/schemaregistry");
const { create, createFileRegistry, createMutableRegistry, fromJson, toJson } = require("@bufbuild/protobuf");
const { FileDescriptorProtoSchema } = require("@bufbuild/protobuf/wkt");

const [what, form, topic, count] = process.argv.slice(2);
const [username, password] = (process.env.LOGIN ?? "").split(" ");
const sasl = password === undefined ? {} : { sasl: { mechanism: "plain", username, password } };
const kafka = new Kafka({ brokers: [process.env.BOOTSTRAP], logLevel: logLevel.NOTHING, ...sasl });
const client = new registry.SchemaRegistryClient({ baseURLs: [process.env.REGISTRY] });
const { SerdeType } = registry;

const text = (name, number) => ({ name, number, type: 9, label: 1, jsonName: name });
const messageTypes = [
  { name: "Customer", field: [text("email", 1), text("card", 2)] },
  {
    name: "Order",
    field: [
      { name: "id", number: 1, type: 3, label: 1, jsonName: "id" },
      { name: "customer", number: 2, type: 11, label: 1, typeName: ".shop.Customer", jsonName: "customer" },
      { name: "all", number: 3, type: 11, label: 3, typeName: ".shop.Customer", jsonName: "all" },
    ],
  },
];
const file = { name: "shop/js_order.proto", package: "shop", syntax: "proto3", messageType: messageTypes };
const order = createFileRegistry(create(FileDescriptorProtoSchema, file), () => undefined).getMessage("shop.Order");

const codecs = {
  avro: {
    write: () => new registry.AvroSerializer(client, SerdeType.VALUE, { useLatestVersion: true }),
    read: () => new registry.AvroDeserializer(client, SerdeType.VALUE, {}),
    from: (value) => value,
    to: (value) => value,
  },
  protobuf: {
    write: () =>
      new registry.ProtobufSerializer(client, SerdeType.VALUE, {
        autoRegisterSchemas: true,
        registry: createMutableRegistry(order),
      }),
    read: () => new registry.ProtobufDeserializer(client, SerdeType.VALUE, {}),
    from: (value) => fromJson(order, value),
    to: (value) => toJson(order, value),
  },
};
const codec = codecs[form];

async function write() {
  const serializer = codec.write();
  const messages = [];
  for await (const line of createInterface({ input: process.stdin })) {
    messages.push({ partition: 0, value: await serializer.serialize(topic, codec.from(JSON.parse(line))) });
  }
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();
}

async function read() {
  const deserializer = codec.read();
  const consumer = kafka.consumer({ groupId: `${topic}-js`, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let left = Number(count);
  const { promise: done, resolve, reject } = Promise.withResolvers();
  await consumer.run({
    eachMessage: async ({ message }) => {
      try {
        process.stdout.write(`${JSON.stringify(codec.to(await deserializer.deserialize(topic, message.value)))}\n`);
      } catch (error) {
        reject(error);
      }
      left--;
      if (left === 0) resolve();
    },
  });
  await done;
  await consumer.disconnect();
}

await (what === "write" ? write() : read());
