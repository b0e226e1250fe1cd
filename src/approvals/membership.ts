// Whether a person who said yes may still say it: asked again at each further vote and in the moment of use, so that somebody who left a
// group meanwhile does not count. The configuration is looked at here; what only others know (Slack's user groups) comes in as a source.
import type { Approval, Vote } from "../model/approval.ts";
import type { ApprovalRequirement } from "../model/decision.ts";
import type { People } from "./people.ts";
import { parsePerson } from "./people.ts";

/** Knows better than the configuration who is in which group just now. */
export interface MembershipSource {
  /**
   * Indexes of the requirements that this person still stands for; null where this source knows nothing of the person, and the next one
   * is asked. A rejection is a doubt: the approval is not used then.
   */
  satisfies(vote: Vote, requirements: readonly ApprovalRequirement[]): Promise<readonly number[] | null>;
}

export interface Membership {
  /** Yes-sayers who no longer stand for what they were counted for, as `person` names. */
  whoLeft(approval: Approval): Promise<readonly Vote[]>;
}

export function createMembership(people: People, sources: readonly MembershipSource[] = []): Membership {
  const now = async (vote: Vote, requirements: readonly ApprovalRequirement[]): Promise<readonly number[]> => {
    for (const source of sources) {
      const found = await source.satisfies(vote, requirements);
      if (found !== null) return found;
    }
    const person = parsePerson(vote.person);
    return person === null ? [] : people.satisfies({ ...person, groups: vote.groups }, requirements);
  };
  return {
    async whoLeft({ votes, requirements }) {
      const left: Vote[] = [];
      for (const vote of votes) {
        if (vote.answer !== "approve") continue;
        const still = new Set(await now(vote, requirements));
        if (!countedFor(vote).every((requirement) => still.has(requirement))) left.push(vote);
      }
      return left;
    },
  };
}

/** Indexes of the requirements that a yes was counted for when it was cast. */
export function countedFor(vote: Vote & { readonly satisfies?: readonly number[] }): readonly number[] {
  return vote.satisfies ?? [];
}
