// The operational log under a flood: a thousand clients that are refused in a second must not fill the disk, or take the time of those that work. Of
// each sentence so many lines a second are written; the last of the others follows at the end of that second, with their number. Only
// what was left out in the last second before a process ends is told to nobody.
import type { Clock } from "./clock.ts";
import { limits } from "./limits.ts";
import type { Log, LogFields } from "./log.ts";

/** A sentence in the second that runs. */
interface Said {
  lines: number;
  /** Lines that were left out, and how the last of them is written. */
  untold: number;
  tell: (untold: number) => void;
}

/**
 * Sentences are constants of the code: what differs from line to line is in the fields, of which `untold` is set here. `debug` is not bounded, since
 * who turns it on wants all.
 */
export function boundLog(log: Log, clock: Clock): Log {
  return bounded(log, clock, new Map());
}

function bounded(log: Log, clock: Clock, sentences: Map<string, Said>): Log {
  function begin(message: string): Said {
    const said: Said = { lines: 0, untold: 0, tell: () => {} };
    sentences.set(message, said);
    clock.after(limits.logWindowMs, () => {
      sentences.delete(message);
      if (said.untold > 0) said.tell(said.untold);
    });
    return said;
  }

  const line = (level: "info" | "warn" | "error") => (fields: LogFields, message: string) => {
    const said = sentences.get(message) ?? begin(message);
    if (said.lines++ < limits.logLinesMax) {
      log[level](fields, message);
      return;
    }
    said.untold++;
    said.tell = (untold) => log[level]({ ...fields, untold }, message);
  };

  return {
    debug: (fields, message) => log.debug(fields, message),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    child: (fields) => bounded(log.child(fields), clock, sentences),
  };
}
