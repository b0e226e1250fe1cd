// A service writes orders; before that, the platform team makes the topics.
import { asAdmin, asProducer } from "../stage/clients.ts";
import { logLine } from "../stage/log.ts";
import { orderTexts } from "./orders.ts";
import { type Step, topics } from "./step.ts";

export const writeOrders: Step = {
  title: "A service writes orders",
  intro:
    "Carol of the platform team makes the topics. Then orders-service, a local account in the group “services”, writes three orders with " +
    "plain kafkajs: only the address and the login are the gateway's.",
  async play({ paper, clients, log, atBroker }) {
    const start = await log.size();
    const names = Object.values(topics);
    await asAdmin(clients.carol, async (admin) => {
      await admin.createTopics({ topics: names.map((topic) => ({ topic, numPartitions: 1 })) });
    });
    paper.check(await atBroker("there", ...names), `the brokers have the topics ${names.join(", ")}`);

    const written = await asProducer(clients.service, async (producer) => {
      const messages = orderTexts.map((value) => ({ value }));
      const [first] = await producer.send({ topic: topics.orders, messages });
      for (const topic of names.slice(1)) await producer.send({ topic, messages });
      return first;
    });
    paper.show("written to orders:", orderTexts);
    paper.check(written?.errorCode === 0, "the broker took them", `error ${written?.errorCode}`);
    const [event] = await log.await(start, { codes: ["data.written"], resource: topics.orders });
    if (event) paper.show("the audit log has it:", [logLine(event)], "cyan");
    paper.check(event?.principal === "orders-service", "the log says who wrote which offsets", "no such event");
  },
};
