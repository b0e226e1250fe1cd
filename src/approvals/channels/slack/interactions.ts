// What people do in Slack becomes what the desk is asked. A click opens a dialog, a dialog that is sent off becomes a ballot. Every function
// says whether Slack may be told that it was taken: only what is stored is acknowledged, so that nothing is lost. None rejects.
import type { types } from "@slack/bolt";
import { describeError, LockkeeperError } from "../../../base/errors.ts";
import type { Approval } from "../../../model/approval.ts";
import type { Ballot } from "../../approvals.ts";
import { approverNames } from "../../desk.ts";
import type { ChannelContext } from "../channels.ts";
import { decisionDialog, dialogDecision, noticeDialog, reasonBlock, typedReason } from "./dialog.ts";
import { approveAction, breakGlassAction, denyAction } from "./message.ts";
import type { Caller } from "./overview.ts";
import { asksForReason } from "./terms.ts";

export type InteractionContext = Pick<ChannelContext, "desk" | "people" | "store" | "log">;

export interface Click {
  /** The button's value. */
  readonly approval: string;
  readonly action: string;
}

/** `open`: a dialog to show. `say`: words for this person alone. `lost`: nothing was done, and the person must see that. */
export type ClickAnswer =
  | { readonly kind: "open"; readonly dialog: types.ModalView }
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "lost" };

/** Changes nothing: the decision is made in the dialog. Those who cannot decide are told at once, as the desk would tell them. */
export async function answerClick(click: Click, caller: Caller, context: InteractionContext): Promise<ClickAnswer> {
  const answer = answerOf(click.action);
  if (answer === null) return { kind: "lost" };
  try {
    const approval = await context.desk.get(click.approval);
    if (approval === null) return { kind: "say", text: "There is no such approval." };
    if (approval.state !== "pending")
      return { kind: "say", text: `This approval is ${approval.state} and cannot be changed any more.` };
    if (context.people.isRequester(caller.person, approval))
      return { kind: "say", text: "You cannot decide on a request of your own." };
    if (answer !== "break-glass" && context.people.satisfies(caller.person, approval.requirements).length === 0)
      return { kind: "say", text: `You are not among the approvers: ${approverNames(approval)}.` };
    return { kind: "open", dialog: decisionDialog(approval, answer, isReasonRequired(approval, answer)) };
  } catch (error) {
    return failed(context, click.approval, error);
  }
}

function isReasonRequired(approval: Approval, answer: Ballot["answer"]): boolean {
  if (answer === "break-glass") return true;
  return answer === "approve" && asksForReason(approval.requirements, approval.stage);
}

function answerOf(action: string): Ballot["answer"] | null {
  switch (action) {
    case approveAction:
      return "approve";
    case denyAction:
      return "deny";
    case breakGlassAction:
      return "break-glass";
    default:
      return null;
  }
}

export interface Submission {
  /** Of this dialog as it was opened: a repetition carries the same. */
  readonly view: string;
  readonly metadata: string;
  /** Slack's `state.values`. */
  readonly values: unknown;
}

/** What Slack is told with the acknowledgement; null closes the dialog. */
export type SubmissionAnswer =
  | { readonly response_action: "errors"; readonly errors: Readonly<Record<string, string>> }
  | { readonly response_action: "update"; readonly view: types.ModalView }
  | null;

const notStored = "Your answer could not be stored just now and does not count. Please send it again in a moment.";

/** A dialog counts once, however often Slack delivers it; a failure leaves it open with what was typed. */
export async function answerSubmission(
  submission: Submission,
  caller: Caller,
  context: InteractionContext,
): Promise<SubmissionAnswer> {
  const decided = dialogDecision(submission.metadata);
  if (decided === null) return refusal("This dialog is not one of ours.");
  const once = `slack:view:${submission.view}:${caller.ballot.person}`;
  try {
    if (await context.store.seen(once)) return null;
    const { approval, answer } = decided;
    await context.desk.vote(approval, { ...caller.ballot, answer, reason: typedReason(submission.values) });
    await context.store.markSeen(once);
    return null;
  } catch (error) {
    if (isRefusal(error)) return refusal(error.message);
    context.log.error({ approval: decided.approval, error: describeError(error) }, "an answer could not be stored");
    return { response_action: "errors", errors: { [reasonBlock]: notStored } };
  }
}

function refusal(text: string): SubmissionAnswer {
  return { response_action: "update", view: noticeDialog("Not counted", text) };
}

/** Takes back what was asked for or granted. @returns words for this person alone, or `lost` */
export async function answerRevoke(click: Click, caller: Caller, context: InteractionContext): Promise<ClickAnswer> {
  try {
    const { id, state } = await context.desk.cancel(click.approval, { ...caller.ballot, reason: null });
    return { kind: "say", text: `${id} is ${state}.` };
  } catch (error) {
    return isRefusal(error) ? { kind: "say", text: error.message } : failed(context, click.approval, error);
  }
}

export function isRefusal(error: unknown): error is LockkeeperError {
  return error instanceof LockkeeperError && (error.code === "approval-refused" || error.code === "approval-unknown");
}

function failed({ log }: InteractionContext, approval: string, error: unknown): ClickAnswer {
  log.error({ approval, error: describeError(error) }, "a click could not be answered");
  return { kind: "lost" };
}
