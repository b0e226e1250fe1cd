// What a channel to approvers is: it shows approvals and keeps what it showed up to date. Votes come back through the ApprovalDesk.
import type { Approval } from "../model/approval.ts";

/** Opaque to all but the channel; stored with the approval so that any process can update the message. */
export type MessageRef = string;

export interface ApprovalChannel {
  readonly name: string;
  /** Shows a new approval. Rejects when it could not; the workflow retries with back-off. */
  notify(approval: Approval): Promise<MessageRef>;
  /** Shows the present state in the message of `ref`. */
  update(approval: Approval, ref: MessageRef): Promise<void>;
  close(): Promise<void>;
}
