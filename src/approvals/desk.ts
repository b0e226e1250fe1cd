// The people's side of approvals: who may decide is settled here, then counted in the store by compare-and-set.
// Every channel votes through this; it trusts a channel only for the name that the channel has proved.
import { assertNever } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { LockkeeperError } from "../base/errors.ts";
import type { Approval, Vote } from "../model/approval.ts";
import type { ApprovalDesk } from "./approvals.ts";
import { type People, parsePerson } from "./people.ts";
import type { Store } from "./store.ts";

const reasonCharactersMax = 1_000;
const nameCharactersMax = 100;

export interface DeskOptions {
  readonly store: Store;
  readonly people: People;
  readonly clock: Clock;
}

export function createDesk({ store, people, clock }: DeskOptions): ApprovalDesk {
  return {
    list: (filter) => store.list(filter),
    get: (id) => store.get(id),
    async cancel(id) {
      const { approval } = await store.cancel(id);
      if (approval === null) throw new LockkeeperError("approval-unknown", "There is no such approval.");
      return approval;
    },
    async vote(id, vote) {
      const approval = await store.get(id);
      if (approval === null) throw new LockkeeperError("approval-unknown", "There is no such approval.");
      const person = parsePerson(vote.person);
      if (person === null) throw refused("It is not known who you are.");
      if (people.isRequester(person, approval.principal)) throw refused("You cannot decide on a request of your own.");
      const satisfies = people.satisfies(person, approval.requirements);
      if (satisfies.length === 0) throw refused(`You are not among the approvers: ${approverNames(approval)}.`);
      const counted: Vote & { readonly satisfies: readonly number[] } = {
        person: people.canonical(person),
        name: vote.name.slice(0, nameCharactersMax),
        answer: vote.answer,
        reason: vote.reason?.slice(0, reasonCharactersMax) ?? null,
        channel: vote.channel,
        at: clock.now(),
        stage: approval.stage,
        groups: vote.groups ?? [],
        satisfies,
      };
      const change = await store.vote(id, counted);
      switch (change.outcome) {
        case "voted":
          throw refused("You have said so already; every person is counted once.");
        case "closed":
          throw refused(`This approval is ${change.approval?.state ?? "over"} and cannot be changed any more.`);
        case "counted":
        case "state":
        case "unknown":
        case "used":
          if (change.approval === null) throw new LockkeeperError("approval-unknown", "There is no such approval.");
          return change.approval;
        default:
          return assertNever(change.outcome);
      }
    },
  };
}

function refused(message: string): LockkeeperError {
  return new LockkeeperError("approval-refused", message);
}

function approverNames(approval: Approval): string {
  return [...new Set(approval.requirements.flatMap((requirement) => requirement.approvers))].join(", ");
}
