// Who is in a Slack user group in the moment in which an approval is used: what the gateways believe, and what they do not.
import { expect, test } from "vitest";
import { createMembership } from "../../../src/approvals/membership.ts";
import { createPeople } from "../../../src/approvals/people.ts";
import { userGroupMembership } from "../../../src/approvals/user-groups.ts";
import { approvalOf, oneAdmin } from "./fixtures.ts";

const people = createPeople({ "kafka-admins": { slackGroups: ["S0ADMINS"], slack: ["U0NAMED"] } }, [
  { principal: "erin", slack: "U0ERIN" },
]);

function approvedBy(person: string, channel = "slack") {
  const vote = {
    person,
    name: person,
    answer: "approve",
    reason: null,
    channel,
    at: 1,
    stage: 1,
    groups: ["S0ADMINS"],
  } as const;
  return approvalOf({ requirements: [oneAdmin], votes: [{ ...vote, satisfies: [0] } as typeof vote] });
}

const membership = (read: () => Promise<readonly string[]>) =>
  createMembership(people, [userGroupMembership(people, { read })]);

test.each(["slack:U0ERIN", "slack:U0FRANK", "principal:erin"])(
  "%s counts while Slack says that they are in the group",
  async (person) => {
    const inside = membership(() => Promise.resolve(["U0ERIN", "U0FRANK"]));
    const outside = membership(() => Promise.resolve([]));

    expect(await inside.whoLeft(approvedBy(person))).toEqual([]);
    expect(await outside.whoLeft(approvedBy(person))).toMatchObject([{ person }]);
  },
);

test("who is an approver by name counts without Slack being asked", async () => {
  const away = membership(() => Promise.reject(new Error("nobody has looked for an hour")));

  expect(await away.whoLeft(approvedBy("slack:U0NAMED"))).toEqual([]);
});

test("a group that nobody has looked at for long is a doubt, not a yes", async () => {
  const away = membership(() => Promise.reject(new Error("nobody has looked for an hour")));

  await expect(away.whoLeft(approvedBy("slack:U0ERIN"))).rejects.toThrow("nobody has looked");
});

test("a vote that did not come by Slack does not count by a Slack group", async () => {
  const inside = membership(() => Promise.resolve(["U0ERIN"]));

  expect(await inside.whoLeft(approvedBy("principal:erin", "http"))).toMatchObject([{ person: "principal:erin" }]);
});
