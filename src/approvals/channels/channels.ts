// What the workflow asks of a channel beyond the contract, and what a channel is given when it is opened.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Approval } from "../../model/approval.ts";
import type { ApprovalDesk } from "../approvals.ts";
import type { ApprovalChannel, MessageRef } from "../channel.ts";
import type { People } from "../people.ts";
import type { Store } from "../store.ts";
import type { UserGroups } from "../user-groups.ts";

export interface FollowingChannel extends ApprovalChannel {
  /** Says once more that somebody is waiting. */
  remind(approval: Approval, ref: MessageRef): Promise<void>;
  /** Tells the approvers afterwards that the glass was broken: somebody went ahead without them. `ref` is the message, if there is one. */
  alert?(approval: Approval, ref: MessageRef | null): Promise<void>;
  /** The message of an earlier try whose reference was lost; null where there is none. */
  find?(approval: Approval): Promise<MessageRef | null>;
  /** Tells the requester what became of it, where the channel knows them; else does nothing. */
  tell(approval: Approval): Promise<void>;
}

export interface ChannelContext {
  readonly desk: ApprovalDesk;
  readonly people: People;
  readonly store: Pick<Store, "seen" | "markSeen" | "claim" | "noted" | "setRef">;
  /** Where the channel that knows groups of its own writes down who is in them. */
  readonly userGroups: Pick<UserGroups, "write">;
  readonly clock: Clock;
  readonly log: Log;
}
