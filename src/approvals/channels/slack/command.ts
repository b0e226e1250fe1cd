// `/lockkeeper list | show ID | revoke ID`, for whoever types it and visible to them alone. Acts by the same rules as a button.
import type { types } from "@slack/bolt";
import type { Approval } from "../../../model/approval.ts";
import type { ChannelContext } from "../channels.ts";
import { homeView } from "./home.ts";
import { approvalMessage } from "./message.ts";
import { type Caller, homeOf } from "./overview.ts";
import { slackCommand } from "./settings.ts";
import { code, fit, showHidden } from "./text.ts";

export interface CommandAnswer {
  readonly response_type: "ephemeral";
  readonly text: string;
  readonly blocks?: types.KnownBlock[];
}

const help = `\`${slackCommand} list\` what waits for you and what you asked for · \`show ID\` one approval · \`revoke ID\` takes back what you asked for, or what was granted and is not used yet`;

/** Blocks of one answer. */
const blocksMax = 50;

/** @throws {LockkeeperError} `approval-refused`, `approval-unknown`, `approvals-unavailable` */
export async function runCommand(
  text: string,
  caller: Caller,
  context: Pick<ChannelContext, "desk" | "people">,
): Promise<CommandAnswer> {
  const [verb = "", id = "", ...rest] = text.trim().split(/\s+/);
  switch (verb) {
    case "list": {
      const { blocks } = homeView(await homeOf(caller, context));
      return say("What is open", blocks.slice(0, blocksMax) as types.KnownBlock[]);
    }
    case "show": {
      const approval = id === "" ? null : await context.desk.get(id);
      if (approval === null) return say(unknown(id));
      const message = approvalMessage(approval);
      return say(message.text, message.blocks);
    }
    case "revoke": {
      if (id === "") return say(help);
      const reason = rest.length === 0 ? null : rest.join(" ");
      const approval: Approval = await context.desk.cancel(id, { ...caller.ballot, reason });
      return say(
        `${approval.id} is ${approval.state}: ${code(approval.operation.name)} on ${code(approval.operation.resource.name, 300)}.`,
      );
    }
    default:
      return say(help);
  }
}

export function say(text: string, blocks?: types.KnownBlock[]): CommandAnswer {
  return { response_type: "ephemeral", text, ...(blocks === undefined ? {} : { blocks }) };
}

function unknown(id: string): string {
  return `There is no approval ${fit(showHidden(id), 100)}. ${help}`;
}
