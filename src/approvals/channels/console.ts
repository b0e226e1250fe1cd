// Approvals as lines of the operational log, for installations without Slack: whoever reads it decides with `lockkeeper approvals`.
// It shows what is asked and never the facts' details: those are for `lockkeeper approvals show`.
import { assertNever } from "../../base/assert.ts";
import type { Approval } from "../../model/approval.ts";
import { deniedMessage, overMessage, waitingFor } from "../messages.ts";
import type { ChannelContext, FollowingChannel } from "./channels.ts";

export function openConsole({ log }: Pick<ChannelContext, "log">): FollowingChannel {
  const say = (approval: Approval, message: string) => {
    const { name, resource } = approval.operation;
    log.warn(
      { approval: approval.id, principal: approval.principal, operation: name, resource: resource.name },
      message,
    );
    return Promise.resolve();
  };
  return {
    name: "console",
    async notify(approval) {
      await say(approval, `approval wanted; ${howTo(approval)}`);
      return approval.id;
    },
    update: (approval) => say(approval, stateLine(approval)),
    remind: (approval) => say(approval, `still waiting; ${howTo(approval)}`),
    alert: (approval) => {
      const broke = approval.votes.find((vote) => vote.answer === "break-glass");
      return say(approval, `the glass was broken by ${broke?.name ?? "somebody"}: ${broke?.reason ?? ""}`);
    },
    tell: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function howTo(approval: Approval): string {
  return `waiting for ${waitingFor(approval)}: lockkeeper approvals show|approve|deny ${approval.id}`;
}

function stateLine(approval: Approval): string {
  switch (approval.state) {
    case "pending":
      return `waiting for ${waitingFor(approval)}`;
    case "approved":
      return "approved: the next run of the same command is let through";
    case "denied":
      return deniedMessage(approval);
    case "used":
      return approval.result === null
        ? "approved and sent to the broker"
        : `done: the broker answered ${approval.result}`;
    case "unknown":
    case "void":
    case "lapsed":
    case "expired":
    case "cancelled":
      return overMessage(approval);
    default:
      return assertNever(approval.state);
  }
}
