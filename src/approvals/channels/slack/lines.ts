// What an approval's thread tells, line by line, and what the requester is told in a direct message. Pure. Each line has a name, so that it
// is posted once however often the approval is looked at.
import { assertNever } from "../../../base/assert.ts";
import type { Approval, Vote } from "../../../model/approval.ts";
import { waitingFor } from "../../messages.ts";
import { answered, code, moment, plain } from "./text.ts";

export interface HistoryLine {
  readonly name: string;
  readonly text: string;
  /** Shown in the channel too: nobody should miss it. */
  readonly loud: boolean;
}

/** In the order in which it happened. Grows with the approval; no line ever changes. */
export function historyLines(approval: Approval): HistoryLine[] {
  const lines = approval.votes.map((vote) => voteLine(vote));
  const end = endText(approval);
  if (end !== null) lines.push({ name: approval.state, text: end, loud: approval.state === "unknown" });
  if (approval.state === "used" && approval.result !== null) {
    const text =
      approval.result === "NONE" ? "The broker has done it." : `The broker refused it: ${code(approval.result)}.`;
    lines.push({ name: "result", text, loud: false });
  }
  return lines;
}

function voteLine(vote: Vote): HistoryLine {
  const reason = vote.reason === null ? "" : `: ${plain(vote.reason, 1_000)}`;
  const broken = vote.answer === "break-glass";
  const text = `${answered(vote.answer)} by ${code(vote.name, 80)}${reason}`;
  return { name: `vote ${vote.person} ${vote.answer}`, text, loud: broken };
}

function endText(approval: Approval): string | null {
  const note = approval.note === null ? "" : `: ${plain(approval.note, 300)}`;
  switch (approval.state) {
    case "pending":
    case "denied":
      return null;
    case "approved":
      return approval.grantUntil === null
        ? "Approved."
        : `Approved. It can be used until ${moment(approval.grantUntil)}.`;
    case "used":
      return "Used: sent to the broker.";
    case "unknown":
      return ":grey_question: Sent to the broker, which was lost before it answered. Somebody must look whether it happened.";
    case "lapsed":
      return approval.elevation === null ? "Not used in time. Nothing was done." : "The role has ended.";
    case "expired":
      return "Expired before it was decided. Nothing was done.";
    case "cancelled":
      return `Taken back${note}.`;
    case "void":
      return `Void${note}. Nothing was done.`;
    default:
      return assertNever(approval.state);
  }
}

/** A line for the thread and the channel. */
export function reminderText(approval: Approval): string {
  return `:bell: Still waiting for ${code(waitingFor(approval), 400)}, until ${moment(approval.expiresAt)}.`;
}

/** What the requester is told. */
export function outcomeText(approval: Approval): string {
  const { operation, elevation } = approval;
  const asked =
    elevation === null
      ? `Your ${code(operation.name)} on ${code(operation.resource.name, 300)}`
      : `Your request for the role ${code(elevation.role, 300)}`;
  const what = `${asked} (${approval.id})`;
  const note = approval.note === null ? "" : `: ${plain(approval.note, 300)}`;
  const votes = approval.votes.map(({ name, answer, reason }) => {
    const because = reason === null ? "" : `: ${plain(reason, 500)}`;
    return `\n${answered(answer)} by ${code(name, 80)}${because}`;
  });
  const said = votes.join("");
  switch (approval.state) {
    case "approved":
      return approval.elevation === null
        ? `${what} is approved. If your command is not running any more, run the same command again${until(approval)}.${said}`
        : `${what} is approved: you have the role${until(approval)}.${said}`;
    case "denied":
      return `${what} was denied. Nothing was done.${said}`;
    case "unknown":
      return `${what} was approved and sent to the broker, which was lost before it answered: look whether it happened before you ask again.`;
    case "void":
      return `${what} is void${note}. Nothing was done; run the command again to ask anew.`;
    case "lapsed":
      return approval.elevation === null
        ? `${what} was approved and not used in time. Nothing was done; run the command again to ask anew.`
        : `${what} has ended.`;
    case "expired":
      return `${what} expired before it was decided. Nothing was done; run the command again to ask anew.`;
    case "cancelled":
      return `${what} was taken back${note}.`;
    case "used":
      return `${what} was approved and ${broker(approval)}.${said}`;
    case "pending":
      return `${what} is waiting for ${code(waitingFor(approval), 400)}.`;
    default:
      return assertNever(approval.state);
  }
}

function broker({ result }: Approval): string {
  if (result === null) return "sent to the broker";
  return result === "NONE" ? "done" : `sent to the broker, which answered ${code(result)}`;
}

function until(approval: Approval): string {
  return approval.grantUntil === null ? "" : `, until ${moment(approval.grantUntil)}`;
}
