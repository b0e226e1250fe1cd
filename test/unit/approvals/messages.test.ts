// The sentences that requesters read.
import { expect, test } from "vitest";
import {
  approversOf,
  deniedMessage,
  overMessage,
  pendingMessage,
  waitingFor,
} from "../../../src/approvals/messages.ts";
import type { ApprovalState } from "../../../src/model/approval.ts";
import { approvalOf, oneAdmin, twoAdmins } from "./fixtures.ts";

const carol = {
  person: "slack:U0ADMIN1",
  name: "Carol",
  answer: "approve",
  reason: null,
  channel: "slack",
  at: 1,
  stage: 1,
  groups: [],
} as const;

test("a ticket names the approval, who it waits for, and what to do", () => {
  expect(pendingMessage(approvalOf())).toBe(
    "Approval apr_01test is waiting for kafka-admins. Run the same command again once it is approved.",
  );
});

test("only requirements that still lack somebody are waited for, with how far they are", () => {
  const privacy = { ...oneAdmin, approvers: ["privacy", "legal"] };
  const votes = [{ ...carol, satisfies: [0, 1] }];

  const text = waitingFor(approvalOf({ requirements: [oneAdmin, twoAdmins, privacy], votes }));

  expect(text).toBe("kafka-admins (1 of 2 so far) and privacy or legal");
});

test("a denial says who and why", () => {
  const votes = [{ ...carol, answer: "deny" as const, reason: "month's end" }];

  expect(deniedMessage(approvalOf({ state: "denied", votes }))).toBe(
    'Approval apr_01test was denied by Carol: "month\'s end". Nothing was done.',
  );
});

test("long names and reasons are cut: the sentence stays one that a tool can print", () => {
  const votes = [{ ...carol, name: "x".repeat(5_000), answer: "deny" as const, reason: "y".repeat(50_000) }];

  expect(deniedMessage(approvalOf({ state: "denied", votes })).length).toBeLessThan(400);
});

test.each([
  ["used", "used by another run"],
  ["lapsed", "not used in time"],
  ["expired", "expired before anybody decided"],
  ["cancelled", "was cancelled"],
] satisfies [ApprovalState, string][])("an approval that is %s says so and what to do", (state, words) => {
  expect(overMessage(approvalOf({ state }))).toMatch(new RegExp(`${words}.* (ask|again)`));
});

test("approvers are those who said yes", () => {
  const votes = [carol, { ...carol, name: "Dave", person: "slack:U0ADMIN2", answer: "deny" as const }];

  expect(approversOf(approvalOf({ votes }))).toEqual(["Carol (slack:U0ADMIN1)"]);
});
