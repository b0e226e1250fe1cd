// The rules that ask, as sentences: why, who and how many, in which order, when. Pure.
import type { Approval } from "../../../model/approval.ts";
import type { ApprovalRequirement, ApprovalWindow } from "../../../model/decision.ts";
import { code, plain, slackLimits } from "./text.ts";

export function termsText({ requirements }: Approval): string {
  const stages = new Set(requirements.map(({ stage }) => stage)).size > 1;
  const lines = requirements.map((requirement) => {
    const { count, approvers, rule, why, stage, reason, window, breakGlass } = requirement;
    const people = count === 1 ? "one of" : `${count} of`;
    const order = stages ? `stage ${stage}: ` : "";
    const more = [
      ...(reason === "required" ? ["A yes must say why."] : []),
      ...(window === null ? [] : [`To be used ${windowText(window)} only.`]),
      ...(breakGlass.length === 0 ? [] : [`${code(breakGlass.join(", "), 200)} may break the glass.`]),
    ];
    const needs = `Needs ${people} ${code(approvers.join(", "), 300)}.`;
    return `• ${order}${code(rule, 100)}: ${sentence(plain(why, 300))} ${[needs, ...more].join(" ")}`;
  });
  return cutAtLine(lines);
}

/** Policy authors end their reasons with a full stop, or do not. */
function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function windowText({ days, fromMinute, toMinute, zone }: ApprovalWindow): string {
  return `on ${days.join(", ")} from ${clock(fromMinute)} to ${clock(toMinute)} (${plain(zone, 60)})`;
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** As many whole lines as a section takes beside its title. */
function cutAtLine(lines: readonly string[]): string {
  let text = "";
  for (const line of lines) {
    if (text.length + line.length > slackLimits.sectionText - 100) return `${text}\n…`;
    text = text === "" ? line : `${text}\n${line}`;
  }
  return text;
}

/** Whether a yes to any of them must say why. */
export function asksForReason(requirements: readonly ApprovalRequirement[], stage: number): boolean {
  return requirements.some((requirement) => requirement.stage === stage && requirement.reason === "required");
}
