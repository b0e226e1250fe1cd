// lockkeeper approvals: what waits for people, and a decision from the command line. Whoever decides here is the operating system's
// user, who must be named in an approver group (`approvals.groups.<name>.local`).
import { userInfo } from "node:os";
import { Command } from "commander";
import { connectApprovals } from "../../app/approvals.ts";
import type { ApprovalDesk } from "../../approvals/approvals.ts";
import { systemClock } from "../../base/clock.ts";
import { LockkeeperError } from "../../base/errors.ts";
import { silentLog } from "../../base/log.ts";
import type { Approval, ApprovalState } from "../../model/approval.ts";
import { approvalsOf, type ConfigOption, configOption, plain, print, readConfig, table, time } from "../shared.ts";

interface ListOptions extends ConfigOption {
  readonly all?: true;
  readonly json?: true;
}

interface VoteOptions extends ConfigOption {
  readonly reason?: string;
}

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
  for (const answer of ["approve", "deny"] as const) {
    command
      .command(`${answer} <id>`)
      .description(answer === "approve" ? "say yes, under the operating system's user name" : "say no")
      .addOption(configOption())
      .option("-r, --reason <text>", "kept with the decision")
      .action((id: string, options: VoteOptions) => vote(answer, id, options));
  }
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

async function vote(answer: "approve" | "deny", id: string, options: VoteOptions): Promise<void> {
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
    ["content", JSON.stringify(operation.attributes)],
    ["facts", JSON.stringify(approval.facts)],
    ...approval.requirements.map(({ rule, approvers, count, why }): [string, string] => [
      "needs",
      `${count} of ${approvers.join(", ")} (${rule}: ${why})`,
    ]),
    ...approval.votes.map((it): [string, string] => [
      it.answer,
      `${it.name} at ${time(it.at)}${it.reason ? `: ${it.reason}` : ""}`,
    ]),
    ["asked", time(approval.createdAt)],
    approval.state === "approved" && approval.grantUntil !== null
      ? ["usable until", time(approval.grantUntil)]
      : ["open until", time(approval.expiresAt)],
    ...(approval.result === null ? [] : [["result", approval.result] as [string, string]]),
    ["digest", approval.digest],
  ];
  return lines.map(([name, value]) => `${name.padEnd(12)} ${plain(value)}`).join("\n");
}
