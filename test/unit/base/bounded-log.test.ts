// A flood of one sentence is a few lines a second and a number; others, and what is said seldom, are written as they come.
import { expect, it } from "vitest";
import { boundLog } from "../../../src/base/bounded-log.ts";
import { limits } from "../../../src/base/limits.ts";
import { type Log, type LogFields } from "../../../src/base/log.ts";
import { manualClock } from "../../support/manual-clock.ts";

type Line = LogFields & { readonly level: string; readonly message: string };

function given() {
  const clock = manualClock();
  const lines: Line[] = [];
  const at = (level: string, more: LogFields) => (fields: LogFields, message: string) =>
    void lines.push({ level, ...more, ...fields, message });
  const collecting = (more: LogFields): Log => ({
    debug: at("debug", more),
    info: at("info", more),
    warn: at("warn", more),
    error: at("error", more),
    child: (fields) => collecting({ ...more, ...fields }),
  });
  return { clock, lines, log: boundLog(collecting({}), clock) };
}

const times = (count: number, run: (at: number) => void) => Array.from({ length: count }, (_, at) => run(at));

it("writes the first lines of a second, and then the last of the others with their number", () => {
  const { clock, lines, log } = given();

  times(1_000, (at) => log.warn({ session: `ses_${at}` }, "session aborted"));

  expect(lines).toHaveLength(limits.logLinesMax);
  clock.advance(limits.logWindowMs);
  expect(lines).toHaveLength(limits.logLinesMax + 1);
  const untold = 1_000 - limits.logLinesMax;
  expect(lines.at(-1)).toEqual({ level: "warn", session: "ses_999", untold, message: "session aborted" });
});

it("goes on so as long as the flood lasts, and as usual after it", () => {
  const { clock, lines, log } = given();
  times(5, () => {
    times(100, () => log.error({}, "decision not recorded"));
    clock.advance(limits.logWindowMs);
  });
  expect(lines).toHaveLength(5 * (limits.logLinesMax + 1));

  log.error({ session: "ses_later" }, "decision not recorded");
  clock.advance(limits.logWindowMs);

  expect(lines.at(-1)).toEqual({ level: "error", session: "ses_later", message: "decision not recorded" });
  expect(clock.timers).toBe(0);
});

it("leaves out nothing of another sentence, and nothing that was asked for by `debug`", () => {
  const { lines, log } = given();
  times(100, () => log.warn({}, "session aborted"));
  log.error({}, "the audit log cannot be written");
  times(100, () => log.debug({}, "a frame"));
  expect(lines.filter(({ message }) => message === "the audit log cannot be written")).toHaveLength(1);
  expect(lines.filter(({ level }) => level === "debug")).toHaveLength(100);
});

it("counts a sentence once for the whole process, whichever child says it", () => {
  const { lines, log } = given();
  const children = [log.child({ worker: 1 }), log.child({ listener: "approver" })];
  times(limits.logLinesMax, (at) => children[at % 2]?.info({}, "listening"));
  log.info({}, "listening");
  expect(lines).toHaveLength(limits.logLinesMax);
  expect(lines[0]).toMatchObject({ worker: 1 });
});
