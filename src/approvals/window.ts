// The hours in which an approval may be used. Pure: a moment in, an answer out; the zones' rules are those of Node's ICU.
import { type ApprovalRequirement, type ApprovalWindow, weekdays } from "../model/decision.ts";

const minuteMs = 60_000;
const minutesOfDay = 1_440;
/** Any two windows of a week that ever overlap do so within this; a change of the clocks may move one by an hour. */
const searchMinutes = 8 * minutesOfDay;

/** `at` in milliseconds since 1970. */
export function isOpen(window: ApprovalWindow, at: number): boolean {
  const { day, minute } = localTime(window.zone, at);
  const { fromMinute, toMinute } = window;
  if (fromMinute < toMinute) return opensOn(window, day) && minute >= fromMinute && minute < toMinute;
  // over midnight: the part after it belongs to the day on which it opened
  return (opensOn(window, day) && minute >= fromMinute) || (opensOn(window, (day + 6) % 7) && minute < toMinute);
}

/** The windows of these requirements that are closed at that moment. */
export function closedWindows(requirements: readonly ApprovalRequirement[], at: number): ApprovalWindow[] {
  return requirements.flatMap(({ window }) => (window !== null && !isOpen(window, at) ? [window] : []));
}

/** The first moment from `at` on at which all of them are open; null where there is none within a week. */
export function nextOpening(requirements: readonly ApprovalRequirement[], at: number): number | null {
  const windows = requirements.flatMap(({ window }) => window ?? []);
  if (windows.every((window) => isOpen(window, at))) return at;
  const start = Math.ceil(at / minuteMs) * minuteMs;
  for (let minute = 0; minute <= searchMinutes; minute++) {
    const moment = start + minute * minuteMs;
    if (windows.every((window) => isOpen(window, moment))) return moment;
  }
  return null;
}

/** `monday to friday, 08:00–18:00 Europe/Berlin` */
export function windowText({ days, fromMinute, toMinute, zone }: ApprovalWindow): string {
  const hours = fromMinute === 0 && toMinute === minutesOfDay ? "" : `, ${clock(fromMinute)}–${clock(toMinute)}`;
  const named = days.length === weekdays.length ? "every day" : days.join(", ");
  return `${named}${hours} ${zone}`;
}

function clock(minute: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function opensOn(window: ApprovalWindow, day: number): boolean {
  const name = weekdays[day];
  return name !== undefined && window.days.includes(name);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(zone: string, at: number): { readonly day: number; readonly minute: number } {
  let format = formats.get(zone);
  if (format === undefined) {
    const how = { timeZone: zone, weekday: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    formats.set(zone, (format = new Intl.DateTimeFormat("en-US", how)));
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const weekday = parts.get("weekday")?.toLowerCase();
  return {
    day: weekdays.findIndex((name) => name === weekday),
    minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
  };
}
