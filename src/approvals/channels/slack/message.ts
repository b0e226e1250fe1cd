// An approval as a Slack message: what an approver must see before pressing a button, readable on a phone. Pure; sends nothing.
// Whatever comes from a client is shown as code and can do nothing (text.ts). Source: Slack's Block Kit reference.
import type { types } from "@slack/bolt";
import { assertNever } from "../../../base/assert.ts";
import type { JsonObject } from "../../../base/json.ts";
import type { Approval } from "../../../model/approval.ts";
import { describe, exactlyOf, missingOf, touchedOf } from "../../content.ts";
import { waitingFor } from "../../messages.ts";
import { termsText } from "./terms.ts";
import { answered, code, codeBlock, fit, moment, plain, showHidden, slackLimits } from "./text.ts";

export const approveAction = "lockkeeper-approve";
export const denyAction = "lockkeeper-deny";
export const breakGlassAction = "lockkeeper-break-glass";
export const revokeAction = "lockkeeper-revoke";

export interface SlackMessage {
  /** What notifications and screen readers say. */
  readonly text: string;
  readonly blocks: types.KnownBlock[];
}

const contentCharactersMax = 2_900;

export function approvalMessage(approval: Approval): SlackMessage {
  const { operation } = approval;
  const what = approval.elevation === null ? operation.name : "role";
  const title = `${headline(approval)}: ${what} ${operation.resource.name}`;
  const blocks: types.KnownBlock[] = [
    { type: "header", text: { type: "plain_text", text: fit(showHidden(title), slackLimits.header), emoji: false } },
    markdownSection(subject(approval)),
    ...about(approval),
    markdownSection(`*Why you are asked*\n${termsText(approval)}`),
    markdownSection(progress(approval)),
  ];
  if (approval.state === "pending") blocks.push(decisionButtons(approval));
  blocks.push({ type: "context", elements: [{ type: "mrkdwn", text: footer(approval), verbatim: true }] });
  return { text: fit(showHidden(`${title} (${approval.principal})`), slackLimits.messageText), blocks };
}

/** Who wants what, of which kind, on what: the lines that a phone shows first. */
export function subject(approval: Approval): string {
  const { operation, groups, software } = approval;
  const { id } = operation.resource;
  const lines = [
    ...wanted(approval),
    `risk *${operation.risk}*${id === undefined ? "" : ` · id ${code(id)}`}`,
    `in the groups ${groups.length === 0 ? "_none_" : code(groups.join(", "), 400)}`,
    `from ${code(approval.client)}${software === null ? "" : ` with ${code(software)}`}`,
    ...(approval.reason === null ? [] : [`because: ${plain(approval.reason, 500)}`]),
  ];
  return cut(lines.join("\n"));
}

function wanted({ principal, operation, cluster, elevation }: Approval): string[] {
  if (elevation !== null)
    return [
      `${code(principal)} wants *the role ${code(elevation.role, 200)}* for ${lasting(elevation.forMs)}`,
      `in cluster ${code(cluster)}`,
    ];
  const { type, name } = operation.resource;
  const where = `cluster ${code(cluster)}`;
  const what = `${code(principal)} wants *${code(operation.name)}*`;
  return type === "cluster" ? [what, `on ${where}`] : [what, `on ${type} ${code(name, 600)} in ${where}`];
}

/** The operation's own content (the difference, bindings, partitions), what it touches, and what of that nobody could tell. */
export function about(approval: Approval): types.KnownBlock[] {
  const missing = missingOf(approval);
  const unknown = missing.map((sentence) => `\n• ${plain(sentence, 300)}`).join("");
  return [
    ...content("What exactly", exactlyOf(approval), approval.id),
    ...content("What it touches", touchedOf(approval), approval.id),
    ...(missing.length === 0 ? [] : [markdownSection(cut(`:warning: *Not all of it is known*${unknown}`))]),
  ];
}

function headline(approval: Approval): string {
  const glass = approval.votes.some(({ answer }) => answer === "break-glass") ? "Glass broken, " : "";
  switch (approval.state) {
    case "pending":
      return "Approval wanted";
    case "approved":
      return glass === "" ? "Approved" : `${glass}let through`;
    case "used":
      if (approval.result === null) return glass === "" ? "Approved and sent" : `${glass}sent`;
      if (approval.result === "NONE") return glass === "" ? "Approved and done" : `${glass}done`;
      return "Approved, but it failed";
    case "denied":
      return "Denied";
    case "expired":
      return "Expired";
    case "lapsed":
      return approval.elevation === null ? "Approved, never used" : "Ended";
    case "cancelled":
      return "Cancelled";
    case "void":
      return "Void";
    case "unknown":
      return "Sent, outcome unknown";
    default:
      return assertNever(approval.state);
  }
}

function content(title: string, values: JsonObject, id: string): types.KnownBlock[] {
  const lines = describe(values);
  if (lines.length === 0) return [];
  const block = codeBlock(lines, contentCharactersMax);
  const missing = `:warning: *Not all of it is shown.* Read the rest before you decide: \`lockkeeper approvals show ${id}\``;
  return [markdownSection(`*${title}*\n${block.text}`), ...(block.whole ? [] : [markdownSection(missing)])];
}

function progress(approval: Approval): string {
  const votes = votesText(approval);
  return cut([...(votes === "" ? [] : [votes]), stateText(approval)].join("\n"));
}

function stateText(approval: Approval): string {
  const note = approval.note === null ? "" : `: ${plain(approval.note, 300)}`;
  switch (approval.state) {
    case "pending":
      return `:hourglass_flowing_sand: *Waiting for* ${code(waitingFor(approval), 400)}, until ${moment(approval.expiresAt)}.`;
    case "approved":
      return approval.elevation === null
        ? `*Approved.* It can be used once${until(approval)}.`
        : `*Approved.* It holds${until(approval)}.`;
    case "used":
      if (approval.result === null) return "*Sent to the broker*, which has not answered yet.";
      return approval.result === "NONE"
        ? "*Done*: the broker has confirmed it."
        : `*Sent to the broker*, which answered ${code(approval.result)}.`;
    case "denied":
      return "*Denied.* Nothing was done.";
    case "expired":
      return "*Expired* before it was decided. Nothing was done.";
    case "lapsed":
      return approval.elevation === null ? "*Not used in time.* Nothing was done." : "*It has ended.*";
    case "cancelled":
      return `*Taken back*${note}.`;
    case "void":
      return `*Void*${note}. Nothing was done.`;
    case "unknown":
      return ":grey_question: *Sent to the broker*, which was lost before it answered: nobody knows yet whether it happened.";
    default:
      return assertNever(approval.state);
  }
}

function votesText(approval: Approval): string {
  return approval.votes
    .map((vote) => {
      const reason = vote.reason === null ? "" : `: ${plain(vote.reason, 300)}`;
      return `${answered(vote.answer)} by ${code(vote.name, 80)} ${moment(vote.at)}${reason}`;
    })
    .join("\n");
}

function footer(approval: Approval): string {
  return cut(
    `${approval.id} · asked ${moment(approval.createdAt)} · ${plain(approval.api, 60)} · policy ${code(approval.revision, 40)}`,
  );
}

function until(approval: Approval): string {
  return approval.grantUntil === null ? "" : `, until ${moment(approval.grantUntil)}`;
}

/** `90 min`, `8 h`: as people say how long a role lasts. */
function lasting(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

export function decisionButtons(approval: Approval): types.ActionsBlock {
  const glass = approval.requirements.some(({ breakGlass }) => breakGlass.length > 0);
  return {
    type: "actions",
    elements: [
      button(approval, approveAction, "Approve", "primary"),
      button(approval, denyAction, "Deny", "danger"),
      ...(glass ? [button(approval, breakGlassAction, "Break glass")] : []),
    ],
  };
}

export function revokeButton(approval: Approval): types.Button {
  return button(approval, revokeAction, approval.state === "pending" ? "Take back" : "Revoke");
}

function button(approval: Approval, id: string, label: string, style?: "primary" | "danger"): types.Button {
  return {
    type: "button",
    action_id: id,
    text: { type: "plain_text", text: label, emoji: false },
    value: approval.id,
    ...(style === undefined ? {} : { style }),
  };
}

function markdownSection(text: string): types.SectionBlock {
  return { type: "section", text: { type: "mrkdwn", text, verbatim: true } };
}

/** Parts are bounded already; many of them together may still be too much. Cut at a line, never inside an entity. */
function cut(text: string): string {
  if (text.length <= slackLimits.sectionText) return text;
  return `${text.slice(0, text.lastIndexOf("\n", slackLimits.sectionText - 2))}\n…`;
}
