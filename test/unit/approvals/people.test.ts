// Who may approve, and who is who: the answers that must not go wrong.
import { describe, expect, test } from "vitest";
import { createPeople, parsePerson } from "../../../src/approvals/people.ts";
import { groups, people as names, oneAdmin } from "./fixtures.ts";

const people = createPeople(groups, names);
const privacy = { ...oneAdmin, rule: "pii", approvers: ["privacy"] };
const either = { ...oneAdmin, rule: "either", approvers: ["privacy", "kafka-admins"] };

test("a member counts for each requirement that names one of their groups", () => {
  const satisfied = people.satisfies({ kind: "slack", name: "U0ADMIN2" }, [oneAdmin, privacy, either]);

  expect(satisfied).toEqual([0, 2]);
});

test("one human is one person over all channels", () => {
  const inSlack = people.canonical({ kind: "slack", name: "U0ADMIN1" });
  const onTheMachine = people.canonical({ kind: "local", name: "carol" });

  expect([inSlack, onTheMachine]).toEqual(["principal:carol", "principal:carol"]);
});

test("membership under one name holds under the mapped others, too", () => {
  const onlySlack = createPeople({ admins: { slack: ["U0ADMIN1"] } }, names);

  expect(onlySlack.satisfies({ kind: "local", name: "carol" }, [{ ...oneAdmin, approvers: ["admins"] }])).toEqual([0]);
});

test.each([
  ["their principal", { kind: "principal", name: "alice" }],
  ["their mapped Slack user", { kind: "slack", name: "U0ALICE" }],
  ["their mapped account", { kind: "local", name: "al" }],
  ["an account of the same name without a mapping", { kind: "local", name: "alice" }],
] as const)("the requester is known by %s", (_, person) => {
  expect(people.isRequester(person, { principal: "alice", email: null })).toBe(true);
});

test("a colleague is not the requester", () => {
  expect(people.isRequester({ kind: "slack", name: "U0ADMIN1" }, { principal: "alice", email: null })).toBe(false);
});

describe("a Slack user whom no mapping knows", () => {
  const stranger = { kind: "slack", name: "U0ERIN" } as const;
  const asked = { principal: "erin", email: "erin@example.com" };

  test("is the requester where both have the same verified address", () => {
    expect(people.isRequester({ ...stranger, email: "erin@example.com" }, asked)).toBe(true);
    expect(people.isRequester({ ...stranger, email: "frank@example.com" }, asked)).toBe(false);
  });

  test("cannot be told apart from the requester where Slack shows no address of theirs", () => {
    expect(people.isKnownApart({ ...stranger, email: null }, asked)).toBe(false);
    expect(people.isKnownApart({ ...stranger, email: "frank@example.com" }, asked)).toBe(true);
    expect(people.isKnownApart({ ...stranger, email: null }, { principal: "alice", email: "a@example.com" })).toBe(
      true,
    );
    expect(people.isKnownApart({ ...stranger, email: null }, { ...asked, email: null })).toBe(true);
  });

  test("is in a Slack user group while Slack says so, and in an OIDC group of that name never", () => {
    const byGroup = createPeople({ admins: { slackGroups: ["S0ADMINS"] }, others: { oidc: ["S0ADMINS"] } });
    const both = { ...oneAdmin, approvers: ["admins"] };
    const other = { ...oneAdmin, approvers: ["others"] };

    expect(byGroup.slackGroups).toEqual(["S0ADMINS"]);
    expect(byGroup.satisfies({ ...stranger, groups: ["S0ADMINS"] }, [both, other])).toEqual([0]);
    expect(byGroup.satisfies({ ...stranger, groups: [] }, [both])).toEqual([]);
    expect(byGroup.satisfies({ kind: "principal", name: "erin", groups: ["S0ADMINS"] }, [both, other])).toEqual([1]);
  });
});

test.each(["nobody", "constructor", "__proto__", "toString"])(
  "a group %s that is not configured has no members",
  (name) => {
    const requirement = { ...oneAdmin, approvers: [name] };

    expect(people.satisfies({ kind: "slack", name: "U0ADMIN1" }, [requirement])).toEqual([]);
  },
);

test("a name of one kind is not a name of another", () => {
  expect(people.satisfies({ kind: "local", name: "U0ADMIN2" }, [oneAdmin])).toEqual([]);
});

test("groups that an identity provider vouches for count where the configuration names them", () => {
  const byGroup = createPeople({ "kafka-admins": { oidc: ["platform"] } });
  const person = { kind: "principal", name: "erin" } as const;

  expect(byGroup.satisfies({ ...person, groups: ["platform"] }, [oneAdmin])).toEqual([0]);
  expect(byGroup.satisfies({ ...person, groups: ["Platform"] }, [oneAdmin])).toEqual([]);
});

test.each(["carol", ":carol", "root:carol", "slack:", ""])("%j names nobody", (text) => {
  expect(parsePerson(text)).toBeNull();
});

test("a person's name may hold colons", () => {
  expect(parsePerson("principal:urn:x:carol")).toEqual({ kind: "principal", name: "urn:x:carol" });
});
