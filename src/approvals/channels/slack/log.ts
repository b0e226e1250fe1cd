// Slack's libraries log through this into the operational log: warnings and errors only, with anything that looks like a token taken out.
import type { Logger } from "@slack/bolt";
import { LogLevel } from "@slack/bolt";
import { describeError } from "../../../base/errors.ts";
import type { Log } from "../../../base/log.ts";

const tokens = /xox[a-z]-[\w-]+|xapp-[\w-]+/g;
const charactersMax = 500;

export function slackLogger(log: Log): Logger {
  return {
    debug() {},
    info() {},
    warn: (...parts: unknown[]) => log.warn({ error: text(parts) }, "slack"),
    error: (...parts: unknown[]) => log.error({ error: text(parts) }, "slack"),
    setLevel() {},
    getLevel: () => LogLevel.WARN,
    setName() {},
  };
}

function text(parts: readonly unknown[]): string {
  return parts.map(describeError).join(" ").replaceAll(tokens, "[token]").slice(0, charactersMax);
}
