// Slack's user groups as the gateways know them: the approver process, which alone talks to Slack, writes down who is in them; whoever uses an
// approval looks there, so that an approver who has left the group meanwhile does not count. What was written too long ago is a doubt.
import { z } from "zod";
import type { Clock } from "../base/clock.ts";
import { LockkeeperError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { countedFor, type MembershipSource } from "./membership.ts";
import { type People, parsePerson } from "./people.ts";
import type { RedisConnection } from "./redis.ts";

export interface UserGroups {
  /** Rejects with `approvals-unavailable`. */
  write(group: string, users: readonly string[]): Promise<void>;
  /** Rejects with `approvals-unavailable`, too, where nobody has looked for so long that it means nothing any more. */
  read(group: string): Promise<readonly string[]>;
}

const kept = z.object({ at: z.number(), users: z.array(z.string()) });

/** `clock` must be near that of the other machines: it is compared in minutes. */
export function createUserGroups({ command, prefix }: RedisConnection, clock: Clock): UserGroups {
  const key = `${prefix}:user-groups`;
  return {
    async write(group, users) {
      const value = JSON.stringify({ at: clock.now(), users });
      await command((client) => client.hSet(key, group, value));
    },
    async read(group) {
      const text = await command((client) => client.hGet(key, group));
      const found = text === null || text === undefined ? null : kept.parse(JSON.parse(text));
      if (found === null || clock.now() - found.at > limits.userGroupAgeMsMax)
        throw new LockkeeperError("approvals-unavailable", `Slack has not said for a while who is in ${group}`);
      return found.users;
    },
  };
}

/** For votes that came by Slack. A user who is an approver by name needs no group. */
export function userGroupMembership(people: People, groups: Pick<UserGroups, "read">): MembershipSource {
  return {
    async satisfies(vote, requirements) {
      const user = vote.channel === "slack" ? slackUser(people, vote.person) : null;
      if (user === null || people.slackGroups.length === 0) return null;
      const byName = people.satisfies({ kind: "slack", name: user }, requirements);
      if (countedFor(vote).every((index) => byName.includes(index))) return byName;
      const members = await Promise.all(
        people.slackGroups.map(async (group) => ({ group, users: await groups.read(group) })),
      );
      const within = members.filter(({ users }) => users.includes(user)).map(({ group }) => group);
      return people.satisfies({ kind: "slack", name: user, groups: within }, requirements);
    },
  };
}

function slackUser(people: People, text: string): string | null {
  const person = parsePerson(text);
  if (person === null) return null;
  return person.kind === "slack" ? person.name : people.slackOf(person.name);
}
