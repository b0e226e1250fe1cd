// `lockkeeper audit list`: one line an event that says what happened to what.
import { expect, test } from "vitest";
import { encodeEvent } from "../../../src/audit/event.ts";
import { decodeEvent } from "../../../src/audit/query.ts";
import { eventLine } from "../../../src/cli/commands/audit.ts";
import type { AuditEvent } from "../../../src/model/audit-event.ts";
import { alice, denied, range } from "../audit/fixtures.ts";

function line(event: AuditEvent): string {
  const bytes = encodeEvent(event, "evt_1", { gateway: "gw", version: "0" });
  return eventLine(decodeEvent({ index: 7, integrated: true, bytes })).replace(/^ +7 {2}\S+ \S+ {2}/, "");
}

const at = 1_790_000_000_000;

test.each<[string, AuditEvent, string]>([
  ["a denial", denied("r"), "operation.denied  alice  topic.delete orders  Ask the owners of orders."],
  [
    "data, masked",
    { code: "data.read", at, actor: alice, ranges: [range(4711, 4802, { masked: { pii: 92 } })] },
    "data.read  alice  orders[0] 4711–4802 (masked pii × 92)",
  ],
  [
    "data without an answer",
    {
      code: "data.unacknowledged",
      at,
      actor: alice,
      sent: [{ topic: "orders", partition: 3, records: 7, bytes: 70, masked: {} }],
    },
    "data.unacknowledged  alice  orders[3] 7 records at unknown offsets",
  ],
  [
    "a listing",
    { code: "operation.allowed", at, actor: alice, api: "ListGroups" },
    "operation.allowed  alice  ListGroups",
  ],
])("%s", (_, event, expected) => {
  expect(line(event)).toBe(expected);
});
