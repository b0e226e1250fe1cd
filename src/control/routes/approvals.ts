// Approvals over HTTP: list, look, decide, take back. Who calls votes as the principal that was proved, with the groups that their token vouches for.
// Only approvers, requesters and break-glass members see an approval: its facts may say more than a stranger should know.
import { z } from "zod";
import type { ApprovalDesk } from "../../approvals/approvals.ts";
import type { People, Person } from "../../approvals/people.ts";
import { LockkeeperError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { verifiedEmail } from "../../identity/claims.ts";
import { type Approval, approvalStates } from "../../model/approval.ts";
import type { Identity } from "../../model/identity.ts";
import { type AnyRoute, type Call, ok, route } from "../route.ts";

export interface ApprovalRoutesParts {
  readonly desk: ApprovalDesk;
  readonly people: People;
}

const id = z.strictObject({ id: z.string().max(64) });
const reasonMax = 1_000;
const said = z.strictObject({ reason: z.string().max(reasonMax).optional() });
const saidWhy = z.strictObject({ reason: z.string().min(1).max(reasonMax) });

const window = z.looseObject({
  days: z.array(z.string()),
  fromMinute: z.number(),
  toMinute: z.number(),
  zone: z.string(),
});
const requirement = z.looseObject({
  rule: z.string(),
  approvers: z.array(z.string()),
  count: z.number(),
  why: z.string(),
  stage: z.number(),
  reason: z.enum(["required", "optional"]),
  window: window.nullable(),
  breakGlass: z.array(z.string()),
});
const vote = z.looseObject({
  person: z.string(),
  name: z.string(),
  answer: z.enum(["approve", "deny", "break-glass"]),
  reason: z.string().nullable(),
  channel: z.string(),
  at: z.number(),
  stage: z.number(),
});
export const approvalAnswer = z.looseObject({
  id: z.string(),
  digest: z.string(),
  state: z.enum(approvalStates),
  stage: z.number(),
  cluster: z.string(),
  principal: z.string(),
  groups: z.array(z.string()),
  client: z.string(),
  api: z.string(),
  operation: z.looseObject({ name: z.string() }),
  facts: z.looseObject({}),
  reason: z.string().nullable(),
  elevation: z.looseObject({ role: z.string(), forMs: z.number() }).nullable(),
  requirements: z.array(requirement),
  votes: z.array(vote),
  createdAt: z.number(),
  expiresAt: z.number(),
  decidedAt: z.number().nullable(),
  grantUntil: z.number().nullable(),
  result: z.string().nullable(),
  note: z.string().nullable(),
});

const query = z.strictObject({
  state: z.enum([...approvalStates, "open", "all"]).default("open"),
  limit: z.coerce.number().int().min(1).max(limits.controlListMax).default(50),
});
const open = ["pending", "approved"] as const;

export function approvalRoutes({ desk, people }: ApprovalRoutesParts): AnyRoute[] {
  const mine = (approval: Approval, identity: Identity | null): boolean => {
    if (identity === null) return false;
    const person = personOf(identity);
    return (
      people.isRequester(person, approval) ||
      people.satisfies(person, approval.requirements).length > 0 ||
      approval.requirements.some(({ breakGlass }) => people.isIn(person, breakGlass))
    );
  };
  /** What a stranger asks for is not there. */
  const visible = async ({ params, identity }: Call<{ id: string }, unknown, unknown>): Promise<Approval> => {
    const approval = await desk.get(params.id);
    if (approval !== null && mine(approval, identity)) return approval;
    throw new LockkeeperError("approval-unknown", "There is no such approval.");
  };
  const ballot = ({ identity, body }: Call<unknown, unknown, { reason?: string | undefined }>) => ({
    person: `principal:${identity?.principal ?? ""}`,
    name: identity?.principal ?? "",
    reason: body.reason ?? null,
    channel: "http",
    groups: identity?.groups ?? [],
    email: verifiedEmail(identity?.claims ?? {}),
  });
  const deciding = (answer: "approve" | "deny" | "break-glass", summary: string): AnyRoute =>
    route({
      method: "POST",
      path: `/v1/approvals/:id/${answer}`,
      access: "person",
      name: answer === "break-glass" ? "breakGlass" : answer,
      summary,
      params: id,
      body: answer === "break-glass" ? saidWhy : said,
      answer: approvalAnswer,
      async handle(call: Call<{ id: string }, unknown, { reason?: string | undefined }>) {
        const { id: of } = await visible(call);
        return ok(await desk.vote(of, { ...ballot(call), answer }));
      },
    });
  return [
    route({
      method: "GET",
      path: "/v1/approvals",
      access: "person",
      name: "listApprovals",
      summary: "Approvals that the caller asked for or may decide, newest first.",
      query,
      answer: z.strictObject({ approvals: z.array(approvalAnswer) }),
      async handle({ query: { state, limit }, identity }) {
        const states = state === "open" ? { states: open } : state === "all" ? {} : { states: [state] };
        const found = await desk.list({ ...states, limit: limits.controlListMax });
        return ok({ approvals: found.filter((approval) => mine(approval, identity)).slice(0, limit) });
      },
    }),
    route({
      method: "GET",
      path: "/v1/approvals/:id",
      access: "person",
      name: "showApproval",
      summary: "One approval with all that was gathered for it.",
      params: id,
      answer: approvalAnswer,
      handle: async (call) => ok(await visible(call)),
    }),
    deciding("approve", "Says yes, as the caller; counted once."),
    deciding("deny", "Says no, which ends it."),
    deciding(
      "break-glass",
      "Goes ahead without the approvers, with a reason; for members of each rule's breakGlass groups.",
    ),
    route({
      method: "POST",
      path: "/v1/approvals/:id/cancel",
      access: "person",
      name: "cancel",
      summary: "Withdraws an own request, or revokes what was approved and not used: no grant and no role is left.",
      params: id,
      body: said,
      answer: approvalAnswer,
      async handle(call: Call<{ id: string }, unknown, { reason?: string | undefined }>) {
        const { id: of } = await visible(call);
        return ok(await desk.cancel(of, ballot(call)));
      },
    }),
  ];
}

/** With the e-mail address that the identity provider has verified: a second login of the requester is the requester. */
function personOf({ principal, groups, claims }: Identity): Person {
  return { kind: "principal", name: principal, groups, email: verifiedEmail(claims) };
}
