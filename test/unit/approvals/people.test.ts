// Who may approve, and who is who: the answers that must not go wrong.
import { expect, test } from "vitest";
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
  expect(people.isRequester(person, "alice")).toBe(true);
});

test("a colleague is not the requester", () => {
  expect(people.isRequester({ kind: "slack", name: "U0ADMIN1" }, "alice")).toBe(false);
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
