// An administrator deletes a topic: it waits, is approved with a button, and happens once.
import type { Stage } from "../stage/index.ts";
import { logLine } from "../stage/log.ts";
import { deleteWithKafkaJs, type Outcome } from "./deletion.ts";
import { type Step, topics } from "./step.ts";

const topic = topics.approved;

export const approveDeletion: Step = {
  title: "Carol deletes a topic: it waits for a button in Slack",
  intro:
    "Carol is an administrator, and still: deleting a topic needs one of the kafka-admins (approvals.rego). Her request is held in its place, and a " +
    "message with two buttons appears. She is one of the kafka-admins, but her own click does not count. Dave's does.",
  async play(stage) {
    const { paper, approvers, log, topicsAtBroker, atBroker } = stage;
    const start = await log.size();
    const held = deleteWithKafkaJs(stage, topic);
    const question = await approvers.asked(topic);
    if (approvers.human) paper.say(`The message is in ${approvers.place}.`);
    else paper.show(`the message in Slack (${approvers.place}):`, question.lines);
    paper.check((await topicsAtBroker()).includes(topic), "Carol's client waits; the topic is still there");
    await tryOwnClick(stage, question);

    await approvers.press(question, "approve");
    if (!approvers.human) paper.say("Dave presses Approve.");
    const outcome = await resumed(stage, await held);
    const client = approvers.human ? "Carol's client" : "Carol's client, which had waited all the time,";
    paper.check(outcome.done, `${client} says that it is done`, outcome.said);
    paper.check(await atBroker("gone", topic), "the topic is gone");
    if (!approvers.human)
      paper.check(await approvers.says(question, "Approved and done"), "the message in Slack says what came of it");

    const codes = ["operation.held", "approval.*", "operation.allowed", "operation.outcome"];
    await log.await(start, { codes: ["operation.outcome"], resource: topic });
    const events = await log.since(start, { codes, resource: topic });
    paper.show("the audit log has it:", events.map(logLine), "cyan");
    const done = events.filter((event) => event.code === "operation.outcome" && event.error === "NONE");
    paper.check(done.length === 1, "and it happened once", `${done.length} times`);
  },
};

async function tryOwnClick({ paper, approvers }: Stage, question: Parameters<Stage["approvers"]["ownClick"]>[0]) {
  const told = await approvers.ownClick(question);
  if (told === null) return;
  paper.show("Carol presses Approve herself. Only she is told:", [told]);
  paper.check(/your own/i.test(told), "her own click does not count", told);
}

/** Somebody may have needed longer than the client waits: then the same command runs once more, as its error says. */
async function resumed(stage: Stage, outcome: Outcome): Promise<Outcome> {
  if (outcome.done || outcome.error !== "POLICY_VIOLATION" || !stage.approvers.human) return outcome;
  stage.paper.say("That took longer than her client waits: she runs the same command again.");
  return await deleteWithKafkaJs(stage, topic);
}
