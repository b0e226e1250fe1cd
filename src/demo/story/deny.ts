// A deletion that people do not want.
import { deleteWithKafkaTopics, kafkaTopicsCommand } from "./deletion.ts";
import { type Step, topics } from "./step.ts";

const topic = topics.denied;

export const denyDeletion: Step = {
  title: "The next one is denied",
  intro: "This time Carol uses Kafka's own command line tool, and Dave presses Deny.",
  async play(stage) {
    const { paper, approvers, topicsAtBroker } = stage;
    const held = deleteWithKafkaTopics(stage, topic);
    const question = await approvers.asked(topic);
    await approvers.press(question, "deny");
    // whoever pressed too late for the client: the same command is told the same
    const first = await held;
    const outcome = first.said.includes("denied") ? first : await deleteWithKafkaTopics(stage, topic);
    paper.show(kafkaTopicsCommand(topic), [outcome.said], "red");
    paper.check(!outcome.done && /denied/.test(outcome.said), "the tool prints who denied it", outcome.said);
    paper.check((await topicsAtBroker()).includes(topic), "the topic is still there");
    if (!approvers.human) paper.check(await approvers.says(question, "Denied"), "the message in Slack says so, too");
  },
};
