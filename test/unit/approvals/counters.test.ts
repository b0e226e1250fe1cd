// What becomes of approvals, counted.
import { expect, test } from "vitest";
import { createApprovalCounters } from "../../../src/approvals/counters.ts";
import type { ApprovalEventKind } from "../../../src/approvals/scripts.ts";
import { approvalOf } from "./fixtures.ts";

test("changes are counted by kind, decisions by how long they took", () => {
  const counters = createApprovalCounters();
  const approval = approvalOf();
  const note = (kind: ApprovalEventKind, afterMs: number) =>
    counters.note({ entry: "1-0", kind, at: approval.createdAt + afterMs, approval });

  note("requested", 0);
  note("requested", 0);
  note("approved", 9_000);
  note("denied", 3_600_001);
  note("broken-glass", 86_400_000);
  note("expired", 86_400_000);

  expect(counters.read()).toEqual({
    changes: expect.objectContaining({ requested: 2, approved: 1, denied: 1, "broken-glass": 1, expired: 1, used: 0 }),
    decisions: [1, 0, 0, 0, 0, 1, 1],
    decisionMsSum: 9_000 + 3_600_001 + 86_400_000,
  });
});
