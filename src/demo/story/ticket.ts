// Nobody decides in time: the client gets a ticket instead of a time-out, and the same command works once after the approval.
import { logLine } from "../stage/log.ts";
import { approvalIn, deleteWithKafkaTopics, kafkaTopicsCommand } from "./deletion.ts";
import { type Step, topics } from "./step.ts";

const topic = topics.ticket;

export const ticketForLater: Step = {
  title: "Nobody presses anything in time",
  intro:
    "Clients do not wait for people: after some seconds they give up and send again. So the gateway answers before that, with a ticket. The approval " +
    "stays open, and once it is given, the same command goes through: once, however often it is run.",
  async play(stage) {
    const { paper, approvers, log, topicsAtBroker, atBroker } = stage;
    const start = await log.size();
    if (approvers.human) paper.say(`→ Please leave the next message (${topic}) alone until you are asked.`);
    const first = await deleteWithKafkaTopics(stage, topic);
    paper.show(kafkaTopicsCommand(topic), [first.said], "red");
    const ticket = approvalIn(first.said);
    paper.check(ticket !== null, "the answer names the approval and says what to do", first.said);

    const question = await approvers.asked(topic);
    await approvers.press(question, "approve");
    const filter = ticket === null ? { resource: topic } : { approval: ticket };
    const [approved] = await log.await(start, { ...filter, codes: ["approval.approved"] });
    paper.check(approved !== undefined, approvers.human ? "it is approved" : "Dave approves it, later");
    paper.check((await topicsAtBroker()).includes(topic), "nothing happens by itself: the topic is still there");

    const second = await deleteWithKafkaTopics(stage, topic);
    paper.check(second.done, "the same command again: done, without asking anybody", second.said);
    paper.check(await atBroker("gone", topic), "the topic is gone");
    const third = await deleteWithKafkaTopics(stage, topic);
    paper.show("and a third time:", [third.said], "red");
    paper.check(!third.done, "there is nothing left to delete, so nobody is asked", "it was done again");

    await log.await(start, { codes: ["operation.outcome"], resource: topic });
    const events = await log.since(start, { resource: topic, codes: ["approval.*", "operation.outcome"] });
    paper.show("the audit log has it:", events.map(logLine), "cyan");
    const used = events.filter((event) => event.code === "approval.used");
    const asked = events.filter((event) => event.code === "approval.requested");
    paper.check(
      used.length === 1 && asked.length === 1,
      "asked once, used once",
      `asked ${asked.length} times, used ${used.length} times`,
    );
  },
};
