// The people who decide, seen from the story: the stand-in for Slack, whose buttons the demo presses itself, or a real Slack, where somebody
// has to. Both go through the gateway's own Slack channel and the real bolt.
import { approveAction, denyAction } from "../../approvals/channels/slack/message.ts";
import { LockkeeperError } from "../../base/errors.ts";
import type { SlackStandIn, StandInMessage } from "../parts/slack-stand-in/index.ts";
import type { SlackLogin } from "./configuration.ts";
import type { AuditView } from "./log.ts";
import { slackUsers } from "./people.ts";
import { messageText } from "./slack-text.ts";

export type Answer = "approve" | "deny";

/** A message that asks about a topic. */
export interface Question {
  readonly topic: string;
  /** What it says, line by line; empty where only people can see it. */
  readonly lines: readonly string[];
}

export interface Approvers {
  /** Where people look. */
  readonly place: string;
  /** Somebody has to press: the demo cannot. */
  readonly human: boolean;
  /** Resolves when the message about this topic is there. */
  asked(topic: string): Promise<Question>;
  /** Carol presses Approve on her own request. @returns what only she is told, or null where nobody can try */
  ownClick(question: Question): Promise<string | null>;
  /** Presses, or waits until somebody has. */
  press(question: Question, answer: Answer): Promise<void>;
  /** Whether the message came to say `words`; true as well where only people can see that. */
  says(question: Question, words: string): Promise<boolean>;
}

const messageMsMax = 60_000;

export function standInApprovers(slack: SlackStandIn): Approvers {
  const [dave, , carol] = slackUsers;
  const message = (topic: string, words: string) =>
    within(
      slack.until((one) => {
        const text = messageText(one).join("\n");
        return one.threadTs === null && one.onlyFor === null && text.includes(topic) && text.includes(words);
      }),
    );
  /** A click and, where it opens one, the dialog. */
  const decide = async (topic: string, action: string, user: string) => {
    const { ts } = await message(topic, "");
    await slack.decide(ts, action, user);
  };
  return {
    place: slack.pageUrl,
    human: false,
    async asked(topic) {
      const shown = await message(topic, "Approval wanted");
      await within(slack.connected());
      return { topic, lines: messageText(shown) };
    },
    async ownClick({ topic }) {
      const before = new Set(slack.messages().map(({ ts }) => ts));
      await decide(topic, approveAction, carol.id);
      const toHer = (one: StandInMessage) => one.onlyFor === carol.id && !before.has(one.ts);
      return (await within(slack.until(toHer))).text;
    },
    press: async ({ topic }, answer) => await decide(topic, answer === "approve" ? approveAction : denyAction, dave.id),
    says: async ({ topic }, words) =>
      await message(topic, words).then(
        () => true,
        () => false,
      ),
  };
}

/** `tell` prints what somebody has to do now. */
export function humanApprovers(slack: SlackLogin, log: AuditView, tell: (what: string) => void): Approvers {
  const peopleMsMax = 15 * 60_000;
  return {
    place: `the channel ${slack.channel} in Slack`,
    human: true,
    async asked(topic) {
      const events = await log.await(
        0,
        { codes: ["approval.requested"], resource: topic },
        { patienceMs: messageMsMax },
      );
      if (events.length === 0) throw new LockkeeperError("setup-failed", `nobody was asked about ${topic}`);
      return { topic, lines: [] };
    },
    ownClick: async () => null,
    async press({ topic }, answer) {
      tell(`→ Press ${answer === "approve" ? "Approve" : "Deny"} on ${topic} in ${slack.channel} now.`);
      const code = answer === "approve" ? "approval.approved" : "approval.denied";
      const events = await log.await(0, { codes: [code], resource: topic }, { patienceMs: peopleMsMax });
      if (events.length === 0)
        throw new LockkeeperError("setup-failed", `nobody pressed in ${peopleMsMax / 60_000} minutes`);
    },
    says: async () => true,
  };
}

async function within<T>(promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`nothing came in ${messageMsMax / 1_000} s`)), messageMsMax);
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
