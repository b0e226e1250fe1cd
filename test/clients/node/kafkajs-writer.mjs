// Writes to a guarded topic with kafkajs: with one idempotent producer, and with one transactional one, each past a record that is refused.
// Prints one line of JSON a step; see test/integration/guarded-writers.test.ts for what is asked, which is the same of every client.
import kafkajs from "kafkajs";
import { step } from "./report.mjs";

const [prefix] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({
  brokers: [process.env.CLIENT_BOOTSTRAP],
  sasl: { mechanism: "plain", username: process.env.CLIENT_USERNAME, password: process.env.CLIENT_PASSWORD },
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { retries: 2 },
});

const start = async (sender, topic, name, tenant) => {
  const value = JSON.stringify({ n: name, card: "4111" });
  await sender.send({ topic, messages: [{ value, headers: { tenant } }] });
};
const send = async (sender, topic, name, tenant) => await step(name, () => start(sender, topic, name, tenant));

async function idempotent(topic) {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  await send(producer, topic, "one", "acme");
  await send(producer, topic, "refused", "closed");
  await send(producer, topic, "two", "acme");
  // Nobody waits, but kafkajs sends one after the other.
  const sent = Array.from({ length: 6 }, (_, index) =>
    start(producer, topic, `burst${index}`, index === 2 ? "closed" : "acme"),
  );
  await Promise.allSettled(sent);
  for (const [index, one] of sent.entries()) await step(`burst${index}`, () => one);
  await send(producer, topic, "after", "acme");
  await producer.disconnect();
}

async function transactional(topic) {
  const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  let transaction;
  const begin = async () => void (transaction = await producer.transaction());
  await step("begin", begin);
  await send(transaction, topic, "lost", "acme");
  await send(transaction, topic, "refused-in-transaction", "closed");
  await step("abort", () => transaction.abort());
  await step("begin-again", begin);
  await send(transaction, topic, "kept", "acme");
  await step("commit", () => transaction.commit());
  await producer.disconnect();
}

await idempotent(`${prefix}-idempotent`);
await transactional(`${prefix}-transactional`);
