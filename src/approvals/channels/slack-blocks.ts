// An approval as a Slack message: what an approver must see before pressing a button, readable on a phone. Pure; sends nothing.
// Whatever comes from a client is shown as code and can do nothing (slack-text.ts). Source: Slack's Block Kit reference.
import type { types } from "@slack/bolt";
import { assertNever } from "../../base/assert.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import type { Approval } from "../../model/approval.ts";
import { waitingFor } from "../messages.ts";
import { code, codeBlock, fit, moment, showHidden, slackLimits } from "./slack-text.ts";

export const approveAction = "lockkeeper-approve";
export const denyAction = "lockkeeper-deny";

export interface SlackMessage {
  /** What notifications and screen readers say. */
  readonly text: string;
  readonly blocks: types.KnownBlock[];
}

const contentCharactersMax = 2_900;

export function approvalMessage(approval: Approval): SlackMessage {
  const { operation } = approval;
  const title = `${headline(approval)}: ${operation.name} ${operation.resource.name}`;
  const blocks: types.KnownBlock[] = [
    { type: "header", text: { type: "plain_text", text: fit(showHidden(title), slackLimits.header), emoji: false } },
    { type: "section", fields: whoAndWhat(approval) },
    ...content("What exactly", operation.attributes, approval.id),
    ...content("What it touches", approval.facts, approval.id),
    markdownSection(why(approval)),
    markdownSection(progress(approval)),
  ];
  if (approval.state === "pending") blocks.push(buttons(approval));
  blocks.push({ type: "context", elements: [{ type: "mrkdwn", text: footer(approval), verbatim: true }] });
  return { text: fit(showHidden(`${title} (${approval.principal})`), slackLimits.messageText), blocks };
}

/** A line for the thread under the message. */
export function reminderText(approval: Approval): string {
  return `Still waiting for ${code(waitingFor(approval))}, until ${moment(approval.expiresAt)}.`;
}

/** What the requester is told. */
export function outcomeText(approval: Approval): string {
  const what = `Your ${code(approval.operation.name)} on ${code(approval.operation.resource.name)} (${approval.id})`;
  switch (approval.state) {
    case "approved":
      return `${what} is approved. If your command is not running any more, run the same command again${until(approval.grantUntil)}.`;
    case "denied":
      return `${what} was denied. ${votesText(approval)}`;
    case "unknown":
      return `${what} was approved and sent to the broker, which was lost before it answered: look whether it happened.`;
    case "void":
      return `${what} is void: ${plain(approval.note ?? "what was approved has changed", 300)}. Nothing was done.`;
    case "expired":
    case "lapsed":
    case "cancelled":
      return `${what} is ${approval.state}. Nothing was done; run the command again to ask anew.`;
    case "used":
      return `${what} was approved and passed on to the broker.`;
    case "pending":
      return `${what} is waiting for ${code(waitingFor(approval))}.`;
    default:
      return assertNever(approval.state);
  }
}

function headline(approval: Approval): string {
  switch (approval.state) {
    case "pending":
      return "Approval wanted";
    case "approved":
      return "Approved";
    case "used":
      return approval.result === null || approval.result === "NONE" ? "Approved and done" : "Approved, but it failed";
    case "denied":
      return "Denied";
    case "expired":
      return "Expired";
    case "lapsed":
      return "Approved, never used";
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

function whoAndWhat(approval: Approval): types.MrkdwnElement[] {
  const { operation } = approval;
  const id = operation.resource.id === undefined ? "" : `\nid ${code(operation.resource.id)}`;
  const software = approval.software === null ? "" : `\n${code(approval.software)}`;
  return [
    field("Who", code(approval.principal)),
    field("In the groups", approval.groups.length === 0 ? "_none_" : code(approval.groups.join(", "), 400)),
    field("Operation", `${code(operation.name)}\nrisk: ${operation.risk}`),
    field("Resource", `${operation.resource.type} ${code(operation.resource.name, 600)}${id}`),
    field("Cluster", code(approval.cluster)),
    field("From", `${code(approval.client)}${software}`),
  ];
}

function content(title: string, values: JsonObject, id: string): types.KnownBlock[] {
  const lines = describe(values);
  if (lines.length === 0) return [];
  const block = codeBlock(lines, contentCharactersMax);
  const rest = block.whole
    ? ""
    : `\n:warning: *Not all of it is shown.* Read the rest before you decide: \`lockkeeper approvals show ${id}\``;
  return [markdownSection(`*${title}*\n${block.text}`), ...(rest === "" ? [] : [markdownSection(rest.trim())])];
}

/** `retention.ms: 604800000 → 1000`; nested values as JSON, one member a line. */
function describe(values: JsonObject): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (isList(value)) {
      const [only] = value;
      if (only !== undefined && value.length === 1) return [`${name}: ${valueText(only)}`];
      return [`${name}:`, ...value.map((item) => `  ${valueText(item)}`)];
    }
    if (isObject(value) && !isChange(value)) return [`${name}:`, ...describe(value).map((line) => `  ${line}`)];
    return [`${name}: ${valueText(value)}`];
  });
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function valueText(value: Json): string {
  if (typeof value === "string") return value;
  if (!isObject(value)) return JSON.stringify(value);
  if (isChange(value)) return `${valueText(value["old"] ?? null)} → ${valueText(value["new"] ?? null)}`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return members.map(([name, member]) => `${name}: ${valueText(member ?? null)}`).join(", ");
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isChange(value: JsonObject): boolean {
  const names = Object.keys(value);
  return names.length === 2 && "old" in value && "new" in value;
}

function why(approval: Approval): string {
  const lines = approval.requirements.map((requirement) => {
    const people = requirement.count === 1 ? "one of" : `${requirement.count} of`;
    const names = code(requirement.approvers.join(", "), 300);
    return `• ${code(requirement.rule, 100)}: ${sentence(plain(requirement.why, 300))} Needs ${people} ${names}.`;
  });
  return cut(`*Why you are asked*\n${lines.join("\n")}`);
}

/** Policy authors end their reasons with a full stop, or do not. */
function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function progress(approval: Approval): string {
  const votes = votesText(approval);
  const lines = votes === "" ? [] : [votes];
  switch (approval.state) {
    case "pending":
      lines.push(`*Waiting for* ${code(waitingFor(approval), 400)}, until ${moment(approval.expiresAt)}.`);
      break;
    case "approved":
      lines.push(`*Approved.* It can be used once${until(approval.grantUntil)}.`);
      break;
    case "used":
      lines.push(
        approval.result === null
          ? "*Sent to the broker.*"
          : `*Sent to the broker*, which answered ${code(approval.result)}.`,
      );
      break;
    case "denied":
      lines.push("*Denied.* Nothing was done.");
      break;
    case "expired":
      lines.push("*Expired* before it was decided. Nothing was done.");
      break;
    case "lapsed":
      lines.push("*Not used in time.* Nothing was done.");
      break;
    case "cancelled":
      lines.push("*Cancelled.* Nothing was done.");
      break;
    case "void":
      lines.push(`*Void*: ${plain(approval.note ?? "what was approved has changed", 300)}. Nothing was done.`);
      break;
    case "unknown":
      lines.push("*Sent to the broker*, which was lost before it answered: nobody knows yet whether it happened.");
      break;
  }
  return cut(lines.join("\n"));
}

function votesText(approval: Approval): string {
  return approval.votes
    .map((vote) => {
      const mark = vote.answer === "approve" ? ":white_check_mark: approved" : ":no_entry: denied";
      const reason = vote.reason === null ? "" : `: ${plain(vote.reason, 300)}`;
      return `${mark} by ${code(vote.name, 80)} ${moment(vote.at)}${reason}`;
    })
    .join("\n");
}

function footer(approval: Approval): string {
  return cut(
    `${approval.id} · asked ${moment(approval.createdAt)} · ${plain(approval.api, 60)} · policy ${code(approval.revision, 40)}`,
  );
}

function until(ms: number | null): string {
  return ms === null ? "" : `, until ${moment(ms)}`;
}

function buttons(approval: Approval): types.ActionsBlock {
  const button = (id: string, label: string, style: "primary" | "danger"): types.Button => ({
    type: "button",
    action_id: id,
    text: { type: "plain_text", text: label, emoji: false },
    style,
    value: approval.id,
  });
  return {
    type: "actions",
    elements: [button(approveAction, "Approve", "primary"), button(denyAction, "Deny", "danger")],
  };
}

function field(label: string, text: string): types.MrkdwnElement {
  return { type: "mrkdwn", text: `*${label}*\n${text}`, verbatim: true };
}

function markdownSection(text: string): types.SectionBlock {
  return { type: "section", text: { type: "mrkdwn", text, verbatim: true } };
}

/** Policy authors' prose: escaped, and with the characters of mark-up taken out of service. */
function plain(text: string, charactersMax: number): string {
  return fit(
    showHidden(text).replaceAll(/[*_~`]/g, (mark) => `${mark}\u200b`),
    charactersMax,
  );
}

/** Parts are bounded already; many requirements together may still be too much. Cut at a line, never inside an entity. */
function cut(text: string): string {
  if (text.length <= slackLimits.sectionText) return text;
  return `${text.slice(0, text.lastIndexOf("\n", slackLimits.sectionText - 2))}\n…`;
}
