// Who a Slack user is for the desk, and what of all approvals concerns them. Looks only; whether somebody may decide is the desk's word.
import type { Approval } from "../../../model/approval.ts";
import type { Ballot } from "../../approvals.ts";
import type { Person } from "../../people.ts";
import type { ChannelContext } from "../channels.ts";
import type { SlackDirectory } from "./directory.ts";
import type { HomeContent } from "./home.ts";

/** Somebody in Slack, as far as Slack vouches for them. */
export interface Caller {
  readonly person: Person;
  /** All of a ballot but the answer and its reason. */
  readonly ballot: Pick<Ballot, "person" | "name" | "channel" | "groups" | "email">;
}

/** Rejects when Slack cannot say just now. */
export async function callerOf(
  user: string,
  name: string,
  directory: SlackDirectory,
  userGroups: readonly string[],
): Promise<Caller> {
  const [email, groups] = await Promise.all([directory.emailOf(user), directory.groupsOf(user, userGroups)]);
  return {
    person: { kind: "slack", name: user, groups, email },
    ballot: { person: `slack:${user}`, name, channel: "slack", groups, email },
  };
}

export async function homeOf(
  caller: Caller,
  { desk, people }: Pick<ChannelContext, "desk" | "people">,
): Promise<HomeContent> {
  const open = await desk.list({ states: ["pending", "approved"] });
  const isMine = (approval: Approval) => people.isRequester(caller.person, approval);
  const isMineToDecide = (approval: Approval) =>
    !isMine(approval) && people.satisfies(caller.person, approval.requirements).length > 0;
  const pending = open.filter(({ state }) => state === "pending");
  const name = people.canonical(caller.person);
  return {
    waiting: pending.filter((one) => isMineToDecide(one) && !one.votes.some(({ person }) => person === name)),
    asked: pending.filter(isMine),
    granted: open.filter((one) => one.state === "approved" && (isMine(one) || isMineToDecide(one))),
  };
}
