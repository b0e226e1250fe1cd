// The Slack message: says what an approver must know, in every state, and is one that Slack accepts, whatever comes from clients.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decisionDialog } from "../../../../../src/approvals/channels/slack/dialog.ts";
import { homeView } from "../../../../../src/approvals/channels/slack/home.ts";
import { historyLines, outcomeText, reminderText } from "../../../../../src/approvals/channels/slack/lines.ts";
import {
  approvalMessage,
  approveAction,
  denyAction,
  type SlackMessage,
} from "../../../../../src/approvals/channels/slack/message.ts";
import type { JsonObject } from "../../../../../src/base/json.ts";
import { limitProblem, viewProblem } from "../../../../../src/demo/parts/slack-stand-in/block-limits.ts";
import { approvalStates } from "../../../../../src/model/approval.ts";
import { approvalOf, deletion, oneAdmin, twoAdmins } from "../../fixtures.ts";

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
const states = approvalStates;

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
      const facts = { ...attributes, missing: [name, reason] };
      const approval = approvalOf({
        facts,
        bound: attributes,
        operation,
        principal,
        groups: [name],
        client: name,
        requirements,
        votes,
        state,
      });

      const message = approvalMessage(approval);
      const dialog = decisionDialog(approval, "approve", true);
      const home = homeView({ waiting: [approval], asked: [approval], granted: [approval] });
      const lines = [...historyLines(approval).map(({ text }) => text), outcomeText(approval), reminderText(approval)];

      expect(problemOf(message)).toBeNull();
      expect(viewProblem(JSON.parse(JSON.stringify(dialog)), "modal")).toBeNull();
      expect(viewProblem(JSON.parse(JSON.stringify(home)), "home")).toBeNull();
      for (const line of lines) expect(line.length).toBeLessThan(4_000);
      const written = JSON.stringify([message, dialog.blocks, home, lines]);
      expect(written.replaceAll(/<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\dT:Z-]+>/g, "")).not.toMatch(/[<>]/);
    }),
    { numRuns: 150 },
  );
});

test("a phone shows first who wants what on what", () => {
  const [header, first] = approvalMessage(approvalOf({ reason: "billing moved away" })).blocks;

  expect(JSON.stringify(header)).toContain("Approval wanted: topic.delete orders.eu");
  expect(JSON.stringify(first)).toMatch(
    /`alice` wants \*`topic.delete`\*.*on topic `orders.eu`.*risk \*high\*.*billing moved away/,
  );
});

test("stages, reasons, windows and who may break the glass are told", () => {
  const window = { days: ["monday"], fromMinute: 540, toMinute: 1_020, zone: "Europe/Berlin" } as const;
  const first = { ...oneAdmin, reason: "required", window, breakGlass: ["on-call"] } as const;

  const shown = words(approvalMessage(approvalOf({ requirements: [first, { ...twoAdmins, stage: 2 }] })));

  expect(shown).toContain("stage 2: ");
  expect(shown).toContain("A yes must say why.");
  expect(shown).toContain("on monday from 09:00 to 17:00 (Europe/Berlin)");
  expect(shown).toContain("`on-call` may break the glass");
  expect(shown).toContain("Break glass");
});

test("glass that was broken is in the title, and in a line that the whole channel sees", () => {
  const votes = [{ ...carol, answer: "break-glass", reason: "brokers are full" } as const];
  const approval = approvalOf({ state: "approved", votes, grantUntil: 1_800_000_900_000 });

  expect(words(approvalMessage(approval))).toContain("Glass broken, let through: topic.delete");
  const [line] = historyLines(approval);
  expect(line).toMatchObject({ loud: true, text: expect.stringContaining("brokers are full") });
});

test("the thread tells each vote and the end, each line under a name of its own", () => {
  const votes = [carol, { ...carol, person: "slack:U0ADMIN2", name: "Dave" }];

  const lines = historyLines(approvalOf({ state: "used", votes, result: "TOPIC_DELETION_DISABLED" }));

  expect(lines.map(({ name }) => name)).toEqual([
    "vote slack:U0ADMIN1 approve",
    "vote slack:U0ADMIN2 approve",
    "used",
    "result",
  ]);
  expect(lines.at(-1)?.text).toContain("TOPIC_DELETION_DISABLED");
});

test("what nobody could tell is said outside the facts, where it is seen, in the message and in the dialog", () => {
  const facts = { records: "at least 5", missing: ["partition 2: broker 3 gave no answer"] };
  const approval = approvalOf({ facts });

  for (const blocks of [approvalMessage(approval).blocks, decisionDialog(approval, "approve", false).blocks]) {
    const shown = JSON.stringify(blocks);
    expect(shown).toContain("records: at least 5");
    expect(shown).toContain("*Not all of it is known*\\n• partition 2: broker 3 gave no answer");
    expect(shown).not.toContain("missing:");
  }
});

test("names of facts are words, each is said once, and what was left open is shown as it is now", () => {
  const operation = { ...deletion, attributes: { before: [{ partition: 0, offset: "-1" }] } };
  const facts = { topicId: "Q1", lastWrite: "2026-12-31", changes: { "my.camelCase": "x" } };

  const shown = words(
    approvalMessage(approvalOf({ operation, facts, bound: { topicId: "Q1", offsets: { "0": "5" } } })),
  );

  expect(shown).toContain("as it is now:\\n  topicId: Q1\\n  offsets:\\n    0: 5");
  expect(shown).toContain("last write: 2026-12-31");
  expect(shown).toContain("my.camelCase: x");
  expect(shown.match(/Q1/g)).toHaveLength(1);
});

test("a role is asked for by its name and time, a cluster is named once", () => {
  const role = approvalOf({
    elevation: { role: "administrator", forMs: 5_400_000 },
    operation: { ...deletion, name: "role.request", resource: { type: "role", name: "administrator" } },
  });
  const acl = approvalOf({
    operation: { ...deletion, name: "acl.create", resource: { type: "cluster", name: "main" } },
  });

  expect(words(approvalMessage(role))).toContain(
    "`alice` wants *the role `administrator`* for 90 min\\nin cluster `main`",
  );
  expect(approvalMessage(role).text).toBe("Approval wanted: role administrator (alice)");
  expect(outcomeText(role)).toContain("Your request for the role `administrator` (apr_01test)");
  expect(words(approvalMessage(acl))).toContain("`alice` wants *`acl.create`*\\non cluster `main`\\nrisk");
});

test.each([
  [null, "Approved and sent", "has not answered yet", "was approved and sent to the broker."],
  ["NONE", "Approved and done", "the broker has confirmed it", "was approved and done."],
  ["INVALID_CONFIG", "Approved, but it failed", "answered `INVALID_CONFIG`", "which answered `INVALID_CONFIG`."],
])("what was used and answered with %s says so in title, message and to who asked", (result, title, progress, told) => {
  const approval = approvalOf({ state: "used", result });

  expect(words(approvalMessage(approval))).toContain(`${title}: topic.delete`);
  expect(words(approvalMessage(approval))).toContain(progress);
  expect(outcomeText(approval)).toContain(told);
});
