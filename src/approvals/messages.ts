// The sentences that requesters read in their Kafka tool's error: which approval, what about it, and what to do now. Pure.
// They name people and groups, never their reasons' secrets; length is bounded, since some clients print them on one line.
import { assertNever } from "../base/assert.ts";
import type { Approval, Vote } from "../model/approval.ts";
import type { ApprovalRequirement, ApprovalWindow } from "../model/decision.ts";
import { windowText } from "./window.ts";

const reasonCharactersMax = 200;

export const unavailableMessage =
  "This operation needs an approval, and approvals are not available just now: Redis cannot be reached. Nothing was done; try again later.";

export const tooLargeMessage =
  "This operation needs an approval and is too large to be shown to a person. Split it into smaller requests.";

export function tooManyMessage(count: number): string {
  return `This operation needs an approval, and ${count} of yours are waiting already. Wait for some of them to be decided.`;
}

export function pendingMessage(approval: Approval): string {
  const { id, replaces } = approval;
  const before = replaces === null ? "" : `Approval ${replaces} is void: what it was about has changed. `;
  return `${before}Approval ${id} is waiting for ${waitingFor(approval)}. Run the same command again once it is approved.`;
}

/** For who asked ahead. */
export function askedMessage(approval: Approval): string {
  const then =
    approval.elevation === null ? "Run the command once it is approved." : "The role is yours once it is approved.";
  return `Approval ${approval.id} is waiting for ${waitingFor(approval)}. ${then}`;
}

export function givenMessage({ id, grantUntil, elevation }: Approval): string {
  const until = new Date(grantUntil ?? 0).toISOString().slice(0, 19);
  return elevation === null
    ? `Approval ${id} is given: run the command before ${until}Z.`
    : `Approval ${id} is given: the role ${elevation.role} is yours until ${until}Z.`;
}

/** Approved, and this is not the time to use it. */
export function closedMessage({ id }: Approval, closed: readonly ApprovalWindow[], opensAt: number | null): string {
  const from = opensAt === null ? "" : `, next from ${new Date(opensAt).toISOString().slice(0, 16)}Z`;
  const when = closed.map(windowText).join(" and ");
  return `Approval ${id} is given, but it may only be used ${when}${from}. Run the same command again then.`;
}

export function deniedMessage(approval: Approval): string {
  const no = approval.votes.find((vote) => vote.answer === "deny");
  const who = no === undefined ? "" : ` by ${shorten(no.name, 80)}`;
  const why = no?.reason ?? "";
  const because = why === "" ? "" : `: "${shorten(why, reasonCharactersMax)}"`;
  return `Approval ${approval.id} was denied${who}${because}. Nothing was done.`;
}

/** For what can no longer be used: expired, lapsed, cancelled, or used by another run. */
export function overMessage(approval: Approval): string {
  switch (approval.state) {
    case "used":
      return `Approval ${approval.id} was used by another run of the same command. To do it again, ask again.`;
    case "lapsed":
      return `Approval ${approval.id} was granted and not used in time. Run the command again to ask anew.`;
    case "unknown":
      return `Approval ${approval.id} was used, and the broker was lost before it answered. Look whether it happened before you ask again.`;
    case "void":
      return `Approval ${approval.id} is void: ${approval.note ?? "what was approved has changed"}. Run the command again to ask anew.`;
    case "cancelled":
      return `Approval ${approval.id} was cancelled. Run the command again to ask anew.`;
    case "expired":
    case "pending":
    case "approved":
    case "denied":
      return `Approval ${approval.id} expired before anybody decided. Run the command again to ask anew.`;
    default:
      return assertNever(approval.state);
  }
}

/** `kafka-admins (1 of 2 so far) and privacy`: every requirement of the present stage that still lacks somebody. */
export function waitingFor(approval: Approval): string {
  const open = approval.requirements.flatMap((requirement, index) => {
    const missing = missingOf(approval, index);
    if (missing <= 0 || requirement.stage !== approval.stage) return [];
    const who = shorten(requirement.approvers.join(" or "), 120);
    const done = requirement.count - missing;
    return [requirement.count > 1 ? `${who} (${done} of ${requirement.count} so far)` : who];
  });
  if (open.length === 0) return "nobody";
  const stages = new Set(approval.requirements.map(({ stage }) => stage));
  const later = [...stages].filter((stage) => stage > approval.stage).length;
  return open.join(" and ") + (later === 0 ? "" : `, then ${later} more ${later === 1 ? "stage" : "stages"}`);
}

function missingOf(approval: Approval, requirement: number): number {
  const needed = approval.requirements[requirement]?.count ?? 0;
  return needed - approval.votes.filter((vote) => counts(vote, requirement)).length;
}

function counts(vote: CountedVote, requirement: number): boolean {
  const { satisfies } = vote;
  return vote.answer === "approve" && (satisfies === undefined || satisfies.includes(requirement));
}

/** A vote with the requirements that it was counted for when it was cast. */
export interface CountedVote extends Vote {
  readonly satisfies?: readonly number[];
}

/** Names of those who said yes, as the log shows them. */
export function approversOf(approval: Approval): string[] {
  return approval.votes.filter((vote) => vote.answer !== "deny").map((vote) => `${vote.name} (${vote.person})`);
}

/** The shortest of the times that rules give; null where none gives one. */
export function shortest(
  requirements: readonly ApprovalRequirement[],
  term: "holdMs" | "expireMs" | "grantMs",
): number | null {
  const given = requirements.flatMap((requirement) => requirement[term] ?? []);
  return given.length === 0 ? null : Math.min(...given);
}

export function shorten(text: string, charactersMax: number): string {
  const characters = Array.from(text);
  return characters.length <= charactersMax ? text : `${characters.slice(0, charactersMax - 1).join("")}…`;
}
