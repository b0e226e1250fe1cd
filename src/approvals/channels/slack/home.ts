// The App Home: what waits for this person, what they asked for, and what holds just now and can be taken back. Pure; made anew each time
// that somebody opens it. Source: Slack's reference of the Home tab (100 blocks).
import type { types } from "@slack/bolt";
import type { Approval } from "../../../model/approval.ts";
import { waitingFor } from "../../messages.ts";
import { decisionButtons, revokeButton } from "./message.ts";
import { code, moment } from "./text.ts";

/** Two or three blocks each. */
const itemsMax = 15;

export interface HomeContent {
  readonly waiting: readonly Approval[];
  readonly asked: readonly Approval[];
  /** Approved and not used, or an elevation that holds: those that this person may take back. */
  readonly granted: readonly Approval[];
}

export function homeView({ waiting, asked, granted }: HomeContent): types.HomeView {
  return {
    type: "home",
    callback_id: "lockkeeper-home",
    blocks: [
      ...part("Waits for you", waiting, "Nothing waits for you.", (one) => [
        line(one, deadline(one)),
        decisionButtons(one),
      ]),
      ...part("You asked for", asked, "You have asked for nothing that is open.", (one) => [
        line(one, `waiting for ${code(waitingFor(one), 300)}, ${deadline(one)}`, revokeButton(one)),
      ]),
      ...part("Granted just now", granted, "Nothing is granted that you could take back.", (one) => [
        line(one, one.grantUntil === null ? "granted" : `granted until ${moment(one.grantUntil)}`, revokeButton(one)),
      ]),
    ],
  };
}

function part(
  title: string,
  items: readonly Approval[],
  none: string,
  show: (approval: Approval) => types.KnownBlock[],
): types.KnownBlock[] {
  const more = items.length - itemsMax;
  return [
    {
      type: "header",
      text: { type: "plain_text", text: items.length === 0 ? title : `${title} (${items.length})`, emoji: false },
    },
    ...(items.length === 0 ? [note(none)] : items.slice(0, itemsMax).flatMap(show)),
    ...(more > 0 ? [note(`… and ${more} more: \`lockkeeper approvals list\``)] : []),
    { type: "divider" },
  ];
}

function line(approval: Approval, what: string, accessory?: types.Button): types.SectionBlock {
  const { name, resource } = approval.operation;
  const text = `*${code(name)}* ${code(resource.name, 300)}\n${code(approval.principal)} in ${code(approval.cluster)} · ${what}`;
  return {
    type: "section",
    text: { type: "mrkdwn", text, verbatim: true },
    ...(accessory === undefined ? {} : { accessory }),
  };
}

function deadline(approval: Approval): string {
  return `until ${moment(approval.expiresAt)}`;
}

function note(text: string): types.ContextBlock {
  return { type: "context", elements: [{ type: "mrkdwn", text, verbatim: true }] };
}
