// Requests find their answers, events tell who it is, and what changes nothing is passed over.
import { describe, expect, it } from "vitest";
import { createTeller, lineText } from "../../../src/audit/tell.ts";
import type { JsonObject } from "../../../src/base/json.ts";
import type { RecordedFrame, ShownRecord, Storyteller } from "../../../src/model/recording.ts";

const at = Date.UTC(2026, 8, 21, 9, 14, 2, 113);
const record: ShownRecord = { topic: "orders", partition: 0, offset: 7n, timestamp: at, key: null, value: "{}" };

function frame(
  direction: RecordedFrame["direction"],
  api: string,
  correlation = 1,
  notes: JsonObject = {},
): RecordedFrame {
  const kept = { level: "metadata", payloadDropped: false, frame: Buffer.alloc(0), cuts: [] } as const;
  return { at, direction, api, version: 1, correlation, bytes: 10, notes, ...kept };
}

/** Says which API was asked and answered; every Heartbeat is quiet, every Produce without an answer. */
const story: Storyteller = {
  meet: ({ api }) => (api === "Produce" ? { text: "writes", quiet: false } : null),
  tell: (request, response) => ({
    text: `asks ${request?.api ?? "?"} and gets ${response?.api ?? "?"}`,
    quiet: response?.api === "Heartbeat",
  }),
  records: ({ api }) => (api === "Fetch" ? [record] : []),
};

function lines(frames: readonly RecordedFrame[], everything = false): string[] {
  const teller = createTeller({ story, principal: "alice", everything });
  return frames.flatMap((each) => teller.tell(each) ?? []).map(lineText);
}

describe("a story", () => {
  it("has one line for a request and its answer, whatever comes between", () => {
    const frames = [
      frame("request", "Metadata", 1),
      frame("request", "Fetch", 2),
      frame("response", "Metadata", 1),
      frame("response", "Fetch", 2),
    ];

    expect(lines(frames)).toEqual([
      "09:14:02.113 alice asks Metadata and gets Metadata",
      "09:14:02.113 alice asks Fetch and gets Fetch",
    ]);
  });

  it("tells at once what has no answer, and an answer whose request was lost", () => {
    expect(lines([frame("request", "Produce")])).toEqual(["09:14:02.113 alice writes"]);
    expect(lines([frame("response", "Fetch")])).toEqual(["09:14:02.113 alice asks ? and gets Fetch"]);
  });

  it("passes over what changes nothing unless everything is wanted", () => {
    const beat = [frame("request", "Heartbeat"), frame("response", "Heartbeat")];

    expect(lines(beat)).toEqual([]);
    expect(lines(beat, true)).toHaveLength(1);
  });

  it("hands over the records of a frame, also of what went on to the broker and of what was there before masking", () => {
    const teller = createTeller({ story });
    for (const direction of ["response", "sent", "raw"] as const) {
      expect(teller.tell(frame(direction, "Fetch"))?.records).toEqual([record]);
    }
  });

  it("tells events by their title, and learns who it is", () => {
    const teller = createTeller({ story });
    const line = (api: string, notes: JsonObject) => {
      const told = teller.tell(frame("event", api, -1, notes));
      return told && lineText(told);
    };

    expect(line("session.started", {})).toBe("09:14:02.113 somebody: session started");
    expect(line("session.authenticated", { principal: "bob" })).toBe("09:14:02.113 bob: login succeeded");
    expect(line("session.ended", { reason: "client closed" })).toBe("09:14:02.113 bob: session ended (client closed)");
  });
});
