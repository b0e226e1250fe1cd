// Hours of the week: when an approval may be used, in the zone that its rule names.
import { expect, test } from "vitest";
import { isOpen, nextOpening, windowText } from "../../../src/approvals/window.ts";
import type { ApprovalWindow } from "../../../src/model/decision.ts";
import { oneAdmin } from "./fixtures.ts";

const office: ApprovalWindow = {
  days: ["monday", "tuesday", "wednesday", "thursday", "friday"],
  fromMinute: 8 * 60,
  toMinute: 18 * 60,
  zone: "Europe/Berlin",
};
const night: ApprovalWindow = { days: ["saturday"], fromMinute: 22 * 60, toMinute: 6 * 60, zone: "UTC" };
const at = (iso: string) => Date.parse(iso);

test.each([
  // Berlin is an hour ahead in winter, two in summer
  ["2026-11-26T07:00:00Z", true],
  ["2026-11-26T06:59:59Z", false],
  ["2026-11-26T16:59:59Z", true],
  ["2026-11-26T17:00:00Z", false],
  ["2026-07-02T06:00:00Z", true],
  ["2026-07-02T16:00:00Z", false],
  ["2026-11-28T10:00:00Z", false],
])("office hours at %s: %s", (iso, open) => {
  expect(isOpen(office, at(iso))).toBe(open);
});

test.each([
  ["2026-11-28T22:00:00Z", true],
  ["2026-11-29T05:59:00Z", true],
  ["2026-11-29T06:00:00Z", false],
  // the early hours of Saturday belong to Friday
  ["2026-11-28T05:00:00Z", false],
])("a window over midnight at %s: %s", (iso, open) => {
  expect(isOpen(night, at(iso))).toBe(open);
});

test("the next opening is now, or the first minute at which all windows are open, or never", () => {
  const rule = (window: ApprovalWindow | null) => ({ ...oneAdmin, window });
  const evening = at("2026-11-27T17:30:20Z");
  const lunch: ApprovalWindow = { ...office, fromMinute: 12 * 60, toMinute: 13 * 60 };

  expect(nextOpening([rule(null)], evening)).toBe(evening);
  expect(nextOpening([rule(office), rule(null)], evening)).toBe(at("2026-11-30T07:00:00Z"));
  expect(nextOpening([rule(office), rule(lunch)], evening)).toBe(at("2026-11-30T11:00:00Z"));
  expect(nextOpening([rule(office), rule(night)], evening)).toBeNull();
});

test("a window reads as people say it", () => {
  expect(windowText(office)).toBe("monday, tuesday, wednesday, thursday, friday, 08:00–18:00 Europe/Berlin");
  const always: ApprovalWindow = {
    days: ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"],
    fromMinute: 0,
    toMinute: 1_440,
    zone: "UTC",
  };
  expect(windowText(always)).toBe("every day UTC");
});
