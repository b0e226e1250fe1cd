// The dialog behind a button: what is about to be decided once more, and why. Pure. What it keeps for its way back names the approval only;
// the approval itself cannot change under it. Source: Slack's references of views and of the plain-text input.
import type { types } from "@slack/bolt";
import { z } from "zod";
import type { Approval } from "../../../model/approval.ts";
import type { Ballot } from "../../approvals.ts";
import { about, subject } from "./message.ts";
import { code, fit, showHidden } from "./text.ts";

export const decideCallback = "lockkeeper-decide";
export const reasonBlock = "reason";

const reasonCharactersMax = 1_000;

const words = {
  approve: { title: "Approve", send: "Approve", means: "With this it happens, as it is shown here and once." },
  deny: { title: "Deny", send: "Deny", means: "With this it does not happen, and who asked is told why." },
  "break-glass": {
    title: "Break glass",
    send: "Go ahead now",
    means: ":rotating_light: It goes ahead *without its approvers*. Everybody is told, with your name and your reason.",
  },
} as const satisfies Record<Ballot["answer"], object>;

const decision = z.strictObject({
  approval: z.string(),
  answer: z.enum(["approve", "deny", "break-glass"]),
});
export type DialogDecision = z.infer<typeof decision>;

export function decisionDialog(approval: Approval, answer: Ballot["answer"], reasonRequired: boolean): types.ModalView {
  const { title, send, means } = words[answer];
  const kept: DialogDecision = { approval: approval.id, answer };
  return {
    type: "modal",
    callback_id: decideCallback,
    private_metadata: JSON.stringify(kept),
    title: plainText(title),
    submit: plainText(send),
    close: plainText("Cancel"),
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: `${subject(approval)}\n${means}`, verbatim: true } },
      ...about(approval),
      {
        type: "input",
        block_id: reasonBlock,
        optional: !reasonRequired,
        label: plainText("Reason"),
        hint: plainText(answer === "deny" ? "Who asked reads it." : "It stands in the audit log."),
        element: {
          type: "plain_text_input",
          action_id: reasonBlock,
          multiline: true,
          max_length: reasonCharactersMax,
          ...(reasonRequired ? { min_length: 3 } : {}),
        },
      },
    ],
  };
}

/** A dialog that only says something. */
export function noticeDialog(title: string, text: string): types.ModalView {
  return {
    type: "modal",
    title: plainText(title.slice(0, 24)),
    close: plainText("Close"),
    blocks: [{ type: "section", text: { type: "mrkdwn", text: fit(showHidden(text), 2_900), verbatim: true } }],
  };
}

/** What a dialog kept; null for anything that is not ours. */
export function dialogDecision(metadata: string): DialogDecision | null {
  try {
    return decision.parse(JSON.parse(metadata));
  } catch {
    return null;
  }
}

const typed = z.object({ [reasonBlock]: z.object({ [reasonBlock]: z.object({ value: z.string().nullish() }) }) });

/** What was typed; null for nothing. */
export function typedReason(values: unknown): string | null {
  const read = typed.safeParse(values);
  const text = read.success ? (read.data[reasonBlock]?.[reasonBlock]?.value ?? "").trim() : "";
  return text === "" ? null : text.slice(0, reasonCharactersMax);
}

function plainText(text: string): types.PlainTextElement {
  return { type: "plain_text", text, emoji: false };
}

/** For a title in a sentence. */
export function named(approval: Approval): string {
  return `${code(approval.operation.name)} on ${code(approval.operation.resource.name, 300)} (${approval.id})`;
}
