// The terms of an approval, as policies write them: each form is read as documented, and anything else makes the answer a denial.
import { describe, expect, it } from "vitest";
import { usualTerms } from "../../../src/model/decision.ts";
import { checkLiteral, noChecks } from "../../../src/policy/answer.ts";
import { readRequirement } from "../../../src/policy/requirement.ts";

const plain = { rule: "topic-deletion", approvers: ["kafka-admins"], count: 1, why: "deletes data" };
const read = (item: object) => readRequirement(item, noChecks.requirement);

describe("an approval's terms", () => {
  it("without any, the usual ones hold", () => {
    expect(read(plain)).toEqual({ ...plain, ...usualTerms });
  });

  it("durations, stages and groups are read as they are documented", () => {
    const terms = { stage: 2, reason: "required", hold: "5s", expire: "1h", grant: "10m", breakGlass: ["oncall"] };
    expect(read({ ...plain, ...terms })).toMatchObject({
      stage: 2,
      reason: "required",
      holdMs: 5_000,
      expireMs: 3_600_000,
      grantMs: 600_000,
      breakGlass: ["oncall"],
    });
  });

  it("a window says days, hours and zone, and what it leaves out is every day, all day, UTC", () => {
    const window = { days: ["monday", "friday"], from: "08:30", to: "18:00", zone: "Europe/Berlin" };
    expect(read({ ...plain, window }).window).toEqual({
      days: ["monday", "friday"],
      fromMinute: 510,
      toMinute: 1_080,
      zone: "Europe/Berlin",
    });
    expect(read({ ...plain, window: { days: ["sunday"] } }).window).toEqual({
      days: ["sunday"],
      fromMinute: 0,
      toMinute: 1_440,
      zone: "UTC",
    });
  });

  it.each([
    ["a stage of 0", { stage: 0 }],
    ["a stage between two", { stage: 1.5 }],
    ["a stage as text", { stage: "1" }],
    ["a reason of another word", { reason: "yes" }],
    ["a duration without a unit", { hold: "5" }],
    ["a duration as a number", { grant: 900_000 }],
    ["a duration of nothing", { expire: "0s" }],
    ["a group that is no text", { breakGlass: [1] }],
    ["one group without a list", { breakGlass: "oncall" }],
    ["a weekday in short", { window: { days: ["mon"] } }],
    ["a window on no day", { window: { days: [] } }],
    ["an hour that no day has", { window: { from: "24:00" } }],
    ["a time of day without minutes", { window: { to: "18" } }],
    ["a zone that is nowhere", { window: { zone: "Mars/Olympus" } }],
    ["a window with a word of its own", { window: { until: "18:00" } }],
    ["a term of another name", { expires: "1h" }],
  ])("%s is a mistake that is found when the policy is loaded", (_, terms) => {
    expect(checkLiteral("approve", { ...plain, ...terms }, noChecks)).toEqual(expect.any(String));
  });
});
