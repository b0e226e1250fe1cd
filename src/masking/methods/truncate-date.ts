// truncate-date: a date or moment becomes the beginning of its year, month, day or hour. Texts are read as ISO 8601 and keep their form and
// offset; what is no date is redacted. Typed dates are truncated in UTC.
import { z } from "zod";
import type { MaskMethod, ReadyMethod } from "../method.ts";
import type { Replacement, TimeUnit } from "../scalar.ts";
import { byKind, floored } from "./by-kind.ts";

const to = z.enum(["year", "month", "day", "hour"]);
const options = z.strictObject({
  to,
  /** What plain numbers count since 1970; without it they are redacted. */
  unit: z.enum(["seconds", "millis"]).optional(),
});

type To = z.output<typeof to>;

export const truncateDate: MaskMethod<z.output<typeof options>> = {
  name: "truncate-date",
  deterministic: false,
  shows: 2,
  keyed: false,
  options,
  prepare: ({ to: until, unit }) => ({ constant: null, apply: truncated(until, unit) }),
};

function truncated(until: To, unit: "seconds" | "millis" | undefined): ReadyMethod["apply"] {
  return byKind({
    text: ({ text }) => truncatedText(text, until),
    time(value) {
      const moment = truncatedMoment(value.value, value.unit, until);
      return moment === null ? null : { ...value, value: moment };
    },
    integer(value) {
      const moment = unit === undefined ? null : truncatedMoment(value.value, unit, until);
      return moment === null || moment < value.min ? null : { ...value, value: moment };
    },
    number(value) {
      if (unit === undefined || !/^-?\d{1,18}$/.test(value.text)) return null;
      const moment = truncatedMoment(BigInt(value.text), unit, until);
      return moment === null ? null : { ...value, text: moment.toString() };
    },
  });
}

const iso = /^(\d{4})-(\d{2})-(\d{2})(?:([T ])(\d{2})(:\d{2}(?::\d{2}(?:[.,]\d{1,12})?)?)((?:Z|[+-]\d{2}:?\d{2})?))?$/;

function truncatedText(text: string, until: To): Replacement | null {
  const parts = iso.exec(text);
  if (parts === null) return null;
  const [, year = "", month = "", day = "", separator = "", hour = "", below = "", offset = ""] = parts;
  const date = `${year}-${until === "year" ? "01" : month}-${until === "year" || until === "month" ? "01" : day}`;
  if (separator === "") return { kind: "text", text: date };
  const time = (until === "hour" ? hour : "00") + below.replaceAll(/\d/g, "0");
  return { kind: "text", text: date + separator + time + offset };
}

const perSecond: Readonly<Record<Exclude<TimeUnit, "days">, bigint>> = {
  seconds: 1n,
  millis: 1_000n,
  micros: 1_000_000n,
  nanos: 1_000_000_000n,
};
const daySeconds = 86_400n;
/** The first and last day that JavaScript's calendar knows. */
const daysMax = 100_000_000n;

/** Null for a moment that no calendar has. */
function truncatedMoment(value: bigint, unit: TimeUnit, until: To): bigint | null {
  const day = unit === "days" ? 1n : daySeconds * perSecond[unit];
  if (until === "hour") return unit === "days" ? value : floored(value, day / 24n);
  const days = floored(value, day) / day;
  if (days > daysMax || days < -daysMax) return null;
  return firstDay(days, until) * day;
}

/** Days since 1970 of the first day of the month or year that a day is in; of a day, itself. */
function firstDay(days: bigint, until: To): bigint {
  if (until === "day") return days;
  const date = new Date(Number(days * daySeconds) * 1_000);
  const month = until === "year" ? 0 : date.getUTCMonth();
  const first = new Date(0);
  first.setUTCFullYear(date.getUTCFullYear(), month, 1);
  return BigInt(first.getTime() / 1_000) / daySeconds;
}
