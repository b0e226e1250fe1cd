// lockkeeper approvals: what waits for people, and a decision from the command line. Whoever decides here is the operating system's
// user, who must be named in an approver group (`approvals.groups.<name>.local`).
import { userInfo } from "node:os";
import { Command } from "commander";
import { connectApprovals } from "../../app/approvals.ts";
import type { ApprovalDesk, Ballot } from "../../approvals/approvals.ts";
import { describe as contentLines, exactlyOf, missingOf, touchedOf } from "../../approvals/content.ts";
import { windowText } from "../../approvals/window.ts";
import { systemClock } from "../../base/clock.ts";
import { LockkeeperError } from "../../base/errors.ts";
import { silentLog } from "../../base/log.ts";
import type { Approval, ApprovalState } from "../../model/approval.ts";
import type { ApprovalRequirement } from "../../model/decision.ts";
import { approvalsOf, type ConfigOption, configOption, plain, print, readConfig, table, time } from "../shared.ts";

interface ListOptions extends ConfigOption {
  readonly all?: true;
  readonly json?: true;
}

interface VoteOptions extends ConfigOption {
  readonly reason?: string;
}

const answers = [
  ["approve", "say yes, under the operating system's user name"],
  ["deny", "say no"],
  ["break-glass", "go ahead without the approvers, where a rule lets you; everybody is told"],
] as const;

export function approvalsCommand(): Command {
  const command = new Command("approvals").description("list, show, approve and deny what waits for approval");
  command
    .command("list")
    .description("what waits; with --all also what is decided")
    .addOption(configOption())
    .option("-a, --all", "approvals in every state")
    .option("--json", "one JSON document a line")
    .action(list);
  command
    .command("show <id>")
    .description("everything about one approval")
    .addOption(configOption())
    .action((id: string, options: ConfigOption) => show(id, options));
  for (const [answer, description] of answers) {
    command
      .command(`${answer} <id>`)
      .description(description)
      .addOption(configOption())
      .option("-r, --reason <text>", "kept with the decision")
      .action((id: string, options: VoteOptions) => vote(answer, id, options));
  }
  command
    .command("revoke <id>")
    .description("take back what is approved and not used: no grant and no role is left")
    .addOption(configOption())
    .option("-r, --reason <text>", "kept with the decision")
    .action(revoke);
  return command;
}

async function withDesk<T>(options: ConfigOption, work: (desk: ApprovalDesk) => Promise<T>): Promise<T> {
  const approvals = await connectApprovals(approvalsOf(readConfig(options)), systemClock, silentLog);
  try {
    if (!approvals.healthy)
      throw new LockkeeperError(
        "approvals-unavailable",
        "Redis cannot be reached; approvals.redis says where it should be",
      );
    return await work(approvals.desk);
  } finally {
    await approvals.close();
  }
}

const open: readonly ApprovalState[] = ["pending", "approved"];

async function list(options: ListOptions): Promise<void> {
  const approvals = await withDesk(options, (desk) => desk.list(options.all ? {} : { states: open }));
  if (options.json) {
    for (const approval of approvals) print(JSON.stringify(approval));
    return;
  }
  if (approvals.length === 0) {
    print(options.all ? "there are no approvals" : "nothing waits for approval");
    return;
  }
  const rows = approvals.map((approval) => [
    approval.id,
    approval.state,
    time(approval.createdAt),
    plain(approval.principal),
    plain(`${approval.operation.name} ${approval.operation.resource.name}`),
  ]);
  print(table(["ID", "STATE", "ASKED", "BY", "FOR"], rows));
}

async function show(id: string, options: ConfigOption): Promise<void> {
  const approval = await withDesk(options, (desk) => desk.get(id));
  if (!approval) throw new LockkeeperError("approval-unknown", `there is no approval ${id}`);
  print(describe(approval));
}

async function revoke(id: string, options: VoteOptions): Promise<void> {
  const { username } = userInfo();
  const by = { person: `local:${username}`, name: username, reason: options.reason ?? null, channel: "cli" };
  print(describe(await withDesk(options, (desk) => desk.cancel(id, by))));
}

async function vote(answer: Ballot["answer"], id: string, options: VoteOptions): Promise<void> {
  const { username } = userInfo();
  const approval = await withDesk(options, (desk) =>
    desk.vote(id, {
      person: `local:${username}`,
      name: username,
      answer,
      reason: options.reason ?? null,
      channel: "cli",
    }),
  );
  print(describe(approval));
}

function describe(approval: Approval): string {
  const { operation } = approval;
  const lines: [string, string][] = [
    ["id", approval.id],
    ["state", approval.state],
    ["what", `${operation.name} ${operation.resource.type} ${operation.resource.name}`],
    ["risk", operation.risk],
    ["asked by", `${approval.principal} (${approval.groups.join(", ") || "no groups"}) from ${approval.client}`],
    ["with", approval.software ?? "unknown software"],
    ...block("exactly", contentLines(exactlyOf(approval))),
    ...block("touches", contentLines(touchedOf(approval))),
    ...block("not known", missingOf(approval)),
    ...(approval.reason === null ? [] : [["because", approval.reason] as [string, string]]),
    ...approval.requirements.map((requirement): [string, string] => ["needs", needs(requirement, approval)]),
    ...approval.votes.map((it): [string, string] => [
      it.answer,
      `${it.name} at ${time(it.at)}${it.reason ? `: ${it.reason}` : ""}`,
    ]),
    ["asked", time(approval.createdAt)],
    approval.state === "approved" && approval.grantUntil !== null
      ? ["usable until", time(approval.grantUntil)]
      : ["open until", time(approval.expiresAt)],
    ...(approval.note === null ? [] : [["note", approval.note] as [string, string]]),
    ...(approval.result === null ? [] : [["result", approval.result] as [string, string]]),
    ["digest", approval.digest],
  ];
  return lines.map(([name, value]) => `${name.padEnd(12)} ${plain(value)}`).join("\n");
}

/** The name before the first line only. */
function block(name: string, lines: readonly string[]): [string, string][] {
  return lines.map((line, index) => [index === 0 ? name : "", line]);
}

/** `1 of kafka-admins (deletion: deletes data), stage 1 of 2, a reason is required, monday, 08:00–18:00 UTC` */
function needs(
  { rule, approvers, count, why, stage, reason, window }: ApprovalRequirement,
  { requirements }: Approval,
): string {
  const stages = Math.max(...requirements.map((requirement) => requirement.stage));
  return [
    `${count} of ${approvers.join(", ")} (${rule}: ${why})`,
    ...(stages > 1 ? [`stage ${stage} of ${stages}`] : []),
    ...(reason === "required" ? ["a reason is required"] : []),
    ...(window === null ? [] : [`to be used ${windowText(window)}`]),
  ].join(", ");
}
