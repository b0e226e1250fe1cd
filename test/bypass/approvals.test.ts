// Attempts to be approved without being approved, as far as no Redis is needed. Those that need one: test/integration/approvals-bypass.test.ts.
import { expect, test } from "vitest";
import type { ApprovalDesk } from "../../src/approvals/approvals.ts";
import { handleClick } from "../../src/approvals/channels/slack.ts";
import { approveAction } from "../../src/approvals/channels/slack-blocks.ts";
import { approvalDigest } from "../../src/approvals/digest.ts";
import { createPeople } from "../../src/approvals/people.ts";
import { LockkeeperError } from "../../src/base/errors.ts";
import { silentLog } from "../../src/base/log.ts";
import { approvalOf, deletion, digestInput, oneAdmin } from "../unit/approvals/fixtures.ts";

function clickContext(vote: ApprovalDesk["vote"]) {
  const seen = new Set<string>();
  return {
    desk: { list: () => Promise.resolve([]), get: () => Promise.resolve(null), vote, cancel: vote },
    store: {
      seen: (key: string) => Promise.resolve(seen.has(key)),
      markSeen: (key: string) => Promise.resolve(void seen.add(key)),
    },
    log: silentLog,
  };
}

const click = { approval: "apr_1", action: approveAction, at: "1.0", user: "U0ADMIN1", name: "Carol" };

test("a button that is not ours, but sounds like it, decides nothing", async () => {
  let votes = 0;
  const context = clickContext(() => Promise.resolve((votes++, approvalOf())));

  const answer = await handleClick({ ...click, action: "lockkeeper-approve-all" }, context);

  expect(answer.stored).toBe(false);
  expect(votes).toBe(0);
});

test("a click that is delivered again votes once", async () => {
  let votes = 0;
  const context = clickContext(() => Promise.resolve((votes++, approvalOf())));

  await handleClick(click, context);
  const again = await handleClick(click, context);

  expect(again).toEqual({ stored: true, say: null });
  expect(votes).toBe(1);
});

test("a click that could not be stored is not acknowledged, and not remembered as done", async () => {
  let away = true;
  const context = clickContext(() =>
    away ? Promise.reject(new LockkeeperError("approvals-unavailable", "away")) : Promise.resolve(approvalOf()),
  );

  const lost = await handleClick(click, context);
  away = false;
  const repeated = await handleClick(click, context);

  expect(lost).toMatchObject({ stored: false, say: expect.stringContaining("does not count") });
  expect(repeated.stored).toBe(true);
});

test("a Slack display name is a claim: calling oneself like an approver gives no right", () => {
  const people = createPeople({ "kafka-admins": { slack: ["U0ADMIN1"] } });

  expect(people.satisfies({ kind: "slack", name: "Carol" }, [oneAdmin])).toEqual([]);
  expect(people.satisfies({ kind: "slack", name: "u0admin1" }, [oneAdmin])).toEqual([]);
});

test("a topic that was deleted and made again under its old name needs an approval of its own", () => {
  const before = approvalDigest(digestInput({ pinned: { id: "AAAAAAAAAAAAAAAAAAAAAQ" } }));
  const after = approvalDigest(digestInput({ pinned: { id: "BBBBBBBBBBBBBBBBBBBBBQ" } }));

  expect(after).not.toBe(before);
});

test("parts of a request cannot be moved between fields to reach the digest of another", () => {
  const one = digestInput({ cluster: "a", principal: "bc", operation: { ...deletion, attributes: { x: '1,"y":2' } } });
  const other = digestInput({
    cluster: "ab",
    principal: "c",
    operation: { ...deletion, attributes: { x: "1", y: 2 } },
  });

  expect(approvalDigest(one)).not.toBe(approvalDigest(other));
});

test("an approval of a dry run is none for the real thing", () => {
  const dry = approvalDigest(digestInput({ operation: { ...deletion, dryRun: true } }));

  expect(dry).not.toBe(approvalDigest(digestInput()));
});
