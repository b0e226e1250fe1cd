// What the steps of kafkajs share: the login and the names.
import { setTimeout as delay } from "node:timers/promises";
import kafkajs from "kafkajs";

const { Kafka, logLevel } = kafkajs;
export const env = process.env;
export const name = (suffix) => `${env.CLIENT_PREFIX}-${suffix}`;
export const kafka = new Kafka({
  clientId: "kafkajs",
  brokers: env.CLIENT_BOOTSTRAP.split(","),
  sasl: { mechanism: "plain", username: env.CLIENT_USERNAME, password: env.CLIENT_PASSWORD },
  requestTimeout: 10_000,
  retry: { retries: 6, initialRetryTime: 100 },
  logLevel: logLevel.NOTHING,
});

/** An admin of its own: one that was asked for a topic that is not there asks for it for ever, and fails with it. */
export async function withAdmin(work) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Until six answers in a row know of the topics: each is of one broker, which it does not choose. */
export async function known(admin, topics) {
  for (let [inARow, tries] = [0, 0]; inARow < 6 && tries < 100; tries += 1) {
    const knows = await admin.fetchTopicMetadata({ topics }).then(
      () => true,
      () => false,
    );
    inARow = knows ? inARow + 1 : 0;
    await delay(100);
  }
}
