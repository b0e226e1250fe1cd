// Whether a real Slack is to be used, from the environment. The only place of the demo that reads these names.
import { LockkeeperError } from "../../base/errors.ts";
import type { SlackLogin } from "./configuration.ts";

/** Null: use the stand-in. @throws {LockkeeperError} `setup-failed` when something is missing */
export function realSlack(env: NodeJS.ProcessEnv): SlackLogin | null {
  const token = env["SLACK_BOT_TOKEN"];
  const appToken = env["SLACK_APP_TOKEN"];
  const channel = env["SLACK_CHANNEL"];
  if (!token || !appToken || !channel) return null;
  const approvers = (env["SLACK_APPROVERS"] ?? "").split(/[\s,]+/).filter((id) => id !== "");
  if (approvers.length === 0) {
    throw new LockkeeperError(
      "setup-failed",
      "SLACK_APPROVERS is missing: the Slack user ids (U…, several with commas) of those who may press the buttons",
    );
  }
  return { token, appToken, channel, api: env["SLACK_API_URL"] || null, approvers, requester: null };
}
