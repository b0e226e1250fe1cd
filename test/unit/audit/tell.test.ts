// Recordings as a story.
import { describe, expect, it } from "vitest";
import { createTeller } from "../../../src/audit/tell.ts";
import type { JsonObject } from "../../../src/base/json.ts";
import type { RecordedFrame } from "../../../src/model/recording.ts";

const at = Date.UTC(2026, 8, 21, 9, 14, 2, 113);

function frame(direction: RecordedFrame["direction"], api: string, body: JsonObject, correlation = 1): RecordedFrame {
  return { at, direction, api, version: 1, correlation, bytes: 10, body };
}

function tell(request: JsonObject, response: JsonObject, api = "DeleteTopics", everything = false): string | null {
  const teller = createTeller({ principal: "alice", everything });
  expect(teller.tell(frame("request", api, request))).toBeNull();
  return teller.tell(frame("response", api, response));
}

const deletion = { operations: [{ name: "topic.delete", resource: "orders" }] };

describe("a story", () => {
  it("tells what was read, how much, and what was masked", () => {
    const ranges = [
      {
        direction: "read",
        topic: "orders",
        partition: 3,
        firstOffset: "4711",
        lastOffset: "4802",
        records: 92,
        masked: { "pii-1": 92 },
        filtered: { tenant: 2 },
      },
    ];

    expect(tell({}, { errors: [], ranges }, "Fetch")).toBe(
      "09:14:02.113 alice reads orders[3] 4711–4802, 92 records, 92 fields masked by pii-1, 2 records hidden by tenant",
    );
  });

  it("tells what was done", () => {
    expect(tell(deletion, { errors: [], ranges: [] })).toBe("09:14:02.113 alice deletes topic orders");
  });

  it("tells what was refused, and why", () => {
    expect(tell(deletion, { errors: [{ operation: 0, error: "POLICY_VIOLATION", message: "waits" }] })).toBe(
      "09:14:02.113 alice is refused topic.delete orders: POLICY_VIOLATION (waits)",
    );
  });

  it("names a few of many", () => {
    const operations = ["a", "b", "c", "d", "e"].map((name) => ({
      name: "topic.create",
      resource: { type: "topic", name },
    }));

    expect(tell({ operations }, {}, "CreateTopics")).toBe(
      "09:14:02.113 alice creates topic a, creates topic b, creates topic c and 2 more",
    );
  });

  it("passes over empty fetches unless everything is wanted", () => {
    expect(tell({}, { ranges: [] }, "Fetch")).toBeNull();
    expect(tell({}, { ranges: [] }, "Fetch", true)).toBe("09:14:02.113 alice Fetch: nothing new");
  });

  it("tells events by their title, and learns who it is", () => {
    const teller = createTeller();

    expect(teller.tell(frame("event", "session.started", {}, -1))).toBe("09:14:02.113 somebody: session started");
    expect(teller.tell(frame("event", "session.authenticated", { principal: "bob" }, -1))).toBe(
      "09:14:02.113 bob: login succeeded",
    );
    expect(teller.tell(frame("event", "session.ended", { reason: "client closed" }, -1))).toBe(
      "09:14:02.113 bob: session ended (client closed)",
    );
  });
});
