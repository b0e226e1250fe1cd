// Attempts to be approved without being approved, as far as no Redis is needed. Those that need one:
// test/integration/approvals-bypass.test.ts; those by way of Slack: slack.test.ts.
import { expect, test } from "vitest";
import { approvalDigest } from "../../src/approvals/digest.ts";
import { createPeople } from "../../src/approvals/people.ts";
import { deletion, digestInput, oneAdmin } from "../unit/approvals/fixtures.ts";

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
