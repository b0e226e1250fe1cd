// Redis, where approvals live, goes away: what needs people is refused with a sentence, the rest goes on.
import { setTimeout as wait } from "node:timers/promises";
import { readInGroup } from "../stage/clients.ts";
import { dig } from "../stage/log.ts";
import { deleteWithKafkaTopics, kafkaTopicsCommand } from "./deletion.ts";
import { orders } from "./orders.ts";
import { type Step, topics } from "./step.ts";

const refusalMsMax = 3_000;
const backMsMax = 20_000;

export const redisAway: Step = {
  title: "Redis stops",
  intro:
    "Approvals live in Redis. Without it, what needs people is refused at once and says why; all other traffic does not notice. Nothing is let through " +
    "because something is broken.",
  async play(stage) {
    const { paper, redis, clients, log, gateway, topicsAtBroker } = stage;
    if (!redis.ours) return paper.skip("the Redis of REDIS_URL is not the demo's to stop: this step is left out");
    const start = await log.size();
    await redis.stop();
    const outcome = await deleteWithKafkaTopics(stage, topics.kept);
    paper.show(kafkaTopicsCommand(topics.kept), [outcome.said], "red");
    paper.check(!outcome.done && /Redis/.test(outcome.said), "refused, with a sentence that says why", outcome.said);
    const [held] = await log.await(start, { codes: ["operation.held"], resource: topics.kept });
    const [denied] = await log.await(start, { codes: ["operation.denied"], resource: topics.kept });
    const tookMs = (denied?.at ?? Number.POSITIVE_INFINITY) - (held?.at ?? 0);
    paper.check(tookMs < refusalMsMax, `the answer took ${tookMs} ms`, "that is too long");
    paper.check((await topicsAtBroker()).includes(topics.kept), "the topic is still there");

    const values = await readInGroup(clients.alice, {
      topic: topics.orders,
      groupId: "analysis-2",
      count: orders.length,
    });
    paper.check(values.length === orders.length, `meanwhile Alice reads ${values.length} orders as before`);
    await redis.restart();
    paper.check(await approvalsAreBack(gateway.control), "Redis is back, and so are approvals, by themselves");
  },
};

/** As `GET /health/ready` tells it. */
async function approvalsAreBack(control: string): Promise<boolean> {
  const end = performance.now() + backMsMax;
  while (performance.now() < end) {
    const health: unknown = await (await fetch(`http://${control}/health/ready`)).json();
    if (dig(health, "approvals") === "reachable") return true;
    await wait(200);
  }
  return false;
}
