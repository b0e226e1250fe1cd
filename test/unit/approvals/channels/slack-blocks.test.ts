// The Slack message: says what an approver must know, in every state, and is one that Slack accepts, whatever comes from clients.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  approvalMessage,
  approveAction,
  denyAction,
  outcomeText,
  type SlackMessage,
} from "../../../../src/approvals/channels/slack-blocks.ts";
import type { JsonObject } from "../../../../src/base/json.ts";
import { limitProblem } from "../../../../src/demo/parts/slack-stand-in/block-limits.ts";
import type { ApprovalState } from "../../../../src/model/approval.ts";
import { approvalOf, deletion, oneAdmin, twoAdmins } from "../fixtures.ts";

const carol = {
  person: "slack:U0ADMIN1",
  name: "Carol",
  answer: "approve",
  reason: null,
  channel: "slack",
  at: 1_800_000_000_000,
  stage: 1,
  groups: [],
} as const;
const states = [
  "pending",
  "approved",
  "used",
  "lapsed",
  "denied",
  "expired",
  "cancelled",
] as const satisfies readonly ApprovalState[];

function words(message: SlackMessage): string {
  return JSON.stringify(message.blocks);
}

function problemOf(message: SlackMessage): string | null {
  return limitProblem(message.text, JSON.parse(JSON.stringify(message.blocks)));
}

test("a pending approval shows who, from where, what exactly, what it touches, why, how long, and two buttons", () => {
  const operation = { ...deletion, attributes: { "retention.ms": { old: "604800000", new: "1000" } } };

  const shown = words(approvalMessage(approvalOf({ operation })));

  for (const part of [
    "alice",
    "platform",
    "10.0.0.7:51234",
    "topic.delete",
    "orders.eu",
    "AAAAAAAAAAAAAAAAAAAAAQ",
    "main",
  ])
    expect(shown).toContain(part);
  expect(shown).toContain("retention.ms: 604800000 → 1000");
  expect(shown).toContain("billing");
  expect(shown).toContain("Deletes data for good.");
  expect(shown).toContain("<!date^1800014400^");
  expect(shown).toContain(approveAction);
  expect(shown).toContain(denyAction);
});

test.each(states.filter((state) => state !== "pending"))("an approval that is %s has no buttons", (state) => {
  const shown = words(approvalMessage(approvalOf({ state })));

  expect(shown).not.toContain(approveAction);
  expect(shown).not.toContain(denyAction);
});

test("votes and the broker's answer are told", () => {
  const votes = [{ ...carol, reason: "checked with billing" }];

  const shown = words(approvalMessage(approvalOf({ state: "used", result: "TOPIC_DELETION_DISABLED", votes })));

  expect(shown).toContain("Carol");
  expect(shown).toContain("checked with billing");
  expect(shown).toContain("TOPIC_DELETION_DISABLED");
  expect(shown).toContain("it failed");
});

test("what does not fit is said to be missing, with where to read it", () => {
  const attributes = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`config.${i}`, "value"]));

  const message = approvalMessage(approvalOf({ operation: { ...deletion, attributes } }));

  expect(words(message)).toContain("Not all of it is shown");
  expect(words(message)).toContain("lockkeeper approvals show apr_01test");
  expect(problemOf(message)).toBeNull();
});

test("whatever clients, policies and approvers write, Slack accepts the message and nothing in it mentions anybody", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 4_000 }),
    fc.constantFrom(
      "<!channel>",
      "<@U0ADMIN1>",
      "`*_~",
      "<http://x|y>",
      "&lt;",
      "```",
      "\u202e",
      "😀".repeat(2_000),
      "<".repeat(5_000),
    ),
  );
  const record = fc.record({
    name: hostile,
    principal: hostile,
    reason: hostile,
    why: hostile,
    json: fc.dictionary(hostile, fc.jsonValue()),
    state: fc.constantFrom(...states),
  });
  fc.assert(
    fc.property(record, ({ name, principal, reason, why, json, state }) => {
      const attributes: JsonObject = JSON.parse(JSON.stringify(json));
      const operation = { ...deletion, resource: { type: "topic" as const, name }, attributes };
      const requirements = [{ ...oneAdmin, why, rule: name }, twoAdmins];
      const votes = [{ ...carol, name: principal, reason }];
      const approval = approvalOf({ operation, principal, groups: [name], client: name, requirements, votes, state });

      const message = approvalMessage(approval);

      expect(problemOf(message)).toBeNull();
      const written = JSON.stringify(message) + outcomeText(approval);
      expect(written.replaceAll(/<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\dT:Z-]+>/g, "")).not.toMatch(/[<>]/);
    }),
    { numRuns: 150 },
  );
});
