// The people's side of approvals: who may decide is settled here, then counted in the store by compare-and-set.
// Every channel votes through this; it trusts a channel only for the name and the groups that the channel has proved.
import { assertNever } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { LockkeeperError } from "../base/errors.ts";
import type { Approval, Vote } from "../model/approval.ts";
import type { ApprovalDesk, Ballot } from "./approvals.ts";
import type { Membership } from "./membership.ts";
import { shorten, waitingFor } from "./messages.ts";
import { type People, type Person, parsePerson } from "./people.ts";
import type { Store } from "./store.ts";
import { nextOpening } from "./window.ts";

const reasonCharactersMax = 1_000;
const nameCharactersMax = 100;
/** Votes that come in the same moment count one after the other; more than this at once is no crowd of people. */
const triesMax = 20;

export interface DeskOptions {
  readonly store: Store;
  readonly people: People;
  readonly membership: Membership;
  readonly clock: Clock;
}

export function createDesk(options: DeskOptions): ApprovalDesk {
  const { store } = options;
  return {
    list: (filter) => store.list(filter),
    get: (id) => store.get(id),
    async vote(id, ballot) {
      for (let tries = 0; tries < triesMax; tries++) {
        const approval = await voteOnce(options, id, ballot);
        if (approval !== "again") return approval;
      }
      throw refused("Too many people decide at once; try again.");
    },
    async cancel(id, by) {
      const approval = await known(store, id);
      const person = personOf(by);
      const own = options.people.isRequester(person, approval);
      const approver = options.people.satisfies(person, approval.requirements).length > 0;
      if (!own && !approver) throw refused("Only who asked and who may approve can take it back.");
      if (!own && approval.state === "pending") throw refused("It is not approved yet: deny it instead.");
      const note = `${own ? "withdrawn" : "revoked"} by ${by.name.slice(0, nameCharactersMax)}${because(by.reason)}`;
      const change = await store.end(id, "cancelled", note, own ? ["pending", "approved"] : ["approved"]);
      if (change.outcome !== "counted") throw over(change.approval);
      return change.approval ?? approval;
    },
  };
}

async function voteOnce(options: DeskOptions, id: string, ballot: Ballot): Promise<Approval | "again"> {
  const { store, membership, clock } = options;
  const approval = await known(store, id);
  if (approval.state !== "pending") throw over(approval);
  const satisfies = whatItCountsFor(options.people, approval, ballot);
  const reason = ballot.reason?.trim().slice(0, reasonCharactersMax) ?? "";
  if (reason === "" && needsReason(approval, ballot, satisfies)) throw refused("Say why: a reason is required here.");
  const counted: Vote & { readonly satisfies: readonly number[] } = {
    person: options.people.canonical(personOf(ballot)),
    name: ballot.name.slice(0, nameCharactersMax),
    answer: ballot.answer,
    reason: reason === "" ? null : reason,
    channel: ballot.channel,
    at: clock.now(),
    stage: approval.stage,
    groups: ballot.groups ?? [],
    satisfies,
  };
  if (approval.votes.some((vote) => vote.person === counted.person && vote.answer === ballot.answer)) throw voted();
  const left = await membership.whoLeft(approval);
  const change = await store.vote(id, counted, {
    version: approval.version,
    left: left.map(({ person }) => person),
    grantFrom: nextOpening(approval.requirements, clock.now()) ?? 0,
  });
  switch (change.outcome) {
    case "again":
      return "again";
    case "voted":
      throw voted();
    case "closed":
      throw over(change.approval);
    case "counted":
    case "state":
    case "unknown":
    case "used":
      if (change.approval === null) throw unknown();
      return change.approval;
    default:
      return assertNever(change.outcome);
  }
}

/** Indexes of requirements. Throws `approval-refused` for whoever may not say this. */
function whatItCountsFor(people: People, approval: Approval, ballot: Ballot): readonly number[] {
  const person = personOf(ballot);
  const { requirements, stage } = approval;
  if (ballot.answer === "break-glass") {
    const everywhere = requirements.every(({ breakGlass }) => people.isIn(person, breakGlass));
    if (!everywhere) throw refused("You are in no group that may go ahead without the approvers here.");
    return requirements.map((_, index) => index);
  }
  if (people.isRequester(person, approval)) throw refused("You cannot decide on a request of your own.");
  if (!people.isKnownApart(person, approval)) throw refused(notKnownApart);
  const satisfies = people.satisfies(person, requirements);
  if (satisfies.length === 0) throw refused(`You are not among the approvers: ${approverNames(approval)}.`);
  // whoever may decide in any stage may say no at once
  if (ballot.answer === "deny") return satisfies;
  const now = satisfies.filter((index) => requirements[index]?.stage === stage);
  if (now.length === 0) throw refused(`It is not your turn: stage ${stage} waits for ${waitingFor(approval)}.`);
  return now;
}

function needsReason(approval: Approval, { answer }: Ballot, satisfies: readonly number[]): boolean {
  if (answer === "break-glass") return true;
  return answer === "approve" && satisfies.some((index) => approval.requirements[index]?.reason === "required");
}

async function known(store: Store, id: string): Promise<Approval> {
  const approval = await store.get(id);
  if (approval === null) throw unknown();
  return approval;
}

function personOf({ person, groups, email }: Pick<Ballot, "person" | "groups" | "email">): Person {
  const parsed = parsePerson(person);
  if (parsed === null) throw refused("It is not known who you are.");
  return { ...parsed, groups: groups ?? [], email: email ?? null };
}

function because(reason: string | null): string {
  return reason === null || reason.trim() === "" ? "" : `: ${shorten(reason.trim(), reasonCharactersMax)}`;
}

function unknown(): LockkeeperError {
  return new LockkeeperError("approval-unknown", "There is no such approval.");
}

const notKnownApart =
  "It cannot be told whether this request is your own: Slack shows no confirmed e-mail address of yours. An operator can add you to approvals.people.";

function refused(message: string): LockkeeperError {
  return new LockkeeperError("approval-refused", message);
}

function voted(): LockkeeperError {
  return refused("You have said so already; every person is counted once.");
}

function over(approval: Approval | null): LockkeeperError {
  return refused(`This approval is ${approval?.state ?? "over"} and cannot be changed any more.`);
}

export function approverNames(approval: Approval): string {
  return [...new Set(approval.requirements.flatMap((requirement) => requirement.approvers))].join(", ");
}
