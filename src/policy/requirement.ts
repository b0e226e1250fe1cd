// One `approve` of a policy → a requirement: who decides, in which stage, on which terms. Durations and hours are text, as in the configuration.
// Whatever has another form is odd: a term that was half understood would be an approval on other terms than its author wrote.
import { durationText, parseDuration } from "../base/duration.ts";
import {
  type ApprovalRequirement,
  type ApprovalWindow,
  usualTerms,
  type Weekday,
  weekdays,
} from "../model/decision.ts";
import { array, object, odd, onlyKeys, text } from "./answer-values.ts";

const countMax = 100;
const stageMax = 10;
const minutesOfDay = 1_440;

const fieldNames = [
  "rule",
  "approvers",
  "count",
  "why",
  "stage",
  "reason",
  "window",
  "hold",
  "expire",
  "grant",
  "breakGlass",
] as const;

/** Throws OddAnswer. `check` says why nobody could approve it, or null. */
export function readRequirement(
  item: unknown,
  check: (requirement: ApprovalRequirement) => string | null,
): ApprovalRequirement {
  const fields = object(item, "approve");
  onlyKeys(fields, fieldNames, "approve");
  const approvers = names(fields.approvers, "approve approvers");
  if (approvers.length === 0) odd("approve approvers is empty");
  const rule = text(fields.rule, "approve rule");
  const requirement: ApprovalRequirement = {
    rule,
    approvers,
    count: whole(fields.count, "approve count", countMax),
    why: text(fields.why, "approve why"),
    stage: fields.stage === undefined ? usualTerms.stage : whole(fields.stage, "approve stage", stageMax),
    reason: reasonOf(fields.reason),
    window: fields.window === undefined ? null : readWindow(fields.window),
    holdMs: duration(fields.hold, "approve hold"),
    expireMs: duration(fields.expire, "approve expire"),
    grantMs: duration(fields.grant, "approve grant"),
    breakGlass: fields.breakGlass === undefined ? [] : names(fields.breakGlass, "approve breakGlass"),
  };
  const wrong = check(requirement);
  if (wrong !== null) odd(`approve ${rule}: ${wrong}`);
  return requirement;
}

function names(value: unknown, what: string): string[] {
  return array(value, what).map((name) => text(name, what));
}

function whole(value: unknown, what: string, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max) return value;
  return odd(`${what} is not a number from 1 to ${max}`);
}

function reasonOf(value: unknown): ApprovalRequirement["reason"] {
  if (value === undefined) return usualTerms.reason;
  return value === "required" || value === "optional" ? value : odd('approve reason is not "required" or "optional"');
}

function duration(value: unknown, what: string): number | null {
  if (value === undefined) return null;
  return parseDuration(text(value, what)) ?? odd(`${what}: ${durationText}`);
}

/** `{"days": ["monday"], "from": "08:00", "to": "18:00", "zone": "Europe/Berlin"}`; each may be left out: every day, all day, UTC. */
function readWindow(value: unknown): ApprovalWindow {
  const fields = object(value, "approve window");
  onlyKeys(fields, ["days", "from", "to", "zone"], "approve window");
  const given = fields.days === undefined ? [...weekdays] : names(fields.days, "approve window days");
  const days = given.map((day): Weekday => weekdays.find((one) => one === day) ?? odd(`there is no weekday ${day}`));
  if (days.length === 0) odd("approve window days is empty");
  const zone = fields.zone === undefined ? "UTC" : text(fields.zone, "approve window zone");
  if (!isZone(zone)) odd(`there is no time zone ${zone}`);
  return {
    days,
    fromMinute: fields.from === undefined ? 0 : minuteOf(fields.from, "approve window from", minutesOfDay - 1),
    toMinute: fields.to === undefined ? minutesOfDay : minuteOf(fields.to, "approve window to", minutesOfDay),
    zone,
  };
}

function minuteOf(value: unknown, what: string, max: number): number {
  const [, hours, minutes] = /^(\d{2}):([0-5]\d)$/.exec(text(value, what)) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return minute <= max ? minute : odd(`${what} is not a time of day such as 08:00`);
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
