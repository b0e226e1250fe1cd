// lockkeeper audit: read the audit log and prove that it is whole. Works on the folder alone; the gateway may run or not.
import { Command } from "commander";
import { type PlacedEvent, placeText, readAllEvents } from "../../audit/logs.ts";
import type { EventFilter, LoggedEvent } from "../../audit/query.ts";
import { plain, print, time } from "../shared.ts";
import { addHolds } from "./audit-holds.ts";
import { addLookups } from "./audit-lookups.ts";
import { type LogOption, logged, placesOf, withEventFilters } from "./audit-options.ts";
import { addProofs } from "./audit-proofs.ts";

interface ListOptions extends LogOption {
  readonly code?: string[];
  readonly principal?: string;
  readonly session?: string;
  readonly operation?: string;
  readonly resource?: string;
  readonly approval?: string;
  readonly since?: number;
  readonly until?: number;
  readonly json?: true;
}

export function auditCommand(): Command {
  const command = new Command("audit").description("read the audit log, and prove that it is whole");
  withEventFilters(logged(command.command("list")))
    .description("events, oldest first")
    .option("--json", "the CloudEvents envelope, one a line")
    .action(list);
  addLookups(command);
  addProofs(command);
  addHolds(command);
  return command;
}

async function list(options: ListOptions): Promise<void> {
  const { code, principal, session, operation, resource, approval, since, until } = options;
  const filter: EventFilter = {
    ...(code && { codes: code }),
    ...(principal && { principal }),
    ...(session && { session }),
    ...(operation && { operation }),
    ...(resource && { resource }),
    ...(approval && { approval }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
  for await (const event of readAllEvents(await placesOf(options), filter)) {
    print(options.json ? JSON.stringify(event.envelope) : eventLine(event));
  }
}

/** `   42  2026-11-25 01:17:18Z  operation.denied  bob  topic.read orders  no rule allows …` */
export function eventLine(event: LoggedEvent & Partial<PlacedEvent>): string {
  const data = [...event.ranges.map(rangeText), ...event.sent.map(sentText)].join(", ");
  // A listing has no operation: its API says what was asked.
  const act = event.operation ?? (event.code.startsWith("operation.") ? event.api : null);
  const what = data || [act, event.resource?.name].filter(Boolean).join(" ");
  const why = event.message ?? (event.error && event.error !== "NONE" ? event.error : "");
  const parts = [event.code, event.principal ?? "-", what, event.approval ?? "", why].filter((part) => part !== "");
  return plain(`${placeText(event).padStart(5)}  ${time(event.at)}  ${parts.join("  ")}`);
}

/** acks=0. */
function sentText({ topic, partition, records }: LoggedEvent["sent"][number]): string {
  return `${JSON.stringify(topic ?? "?").replaceAll('"', "")}[${Number(partition)}] ${Number(records)} records at unknown offsets`;
}

function rangeText(range: LoggedEvent["ranges"][number]): string {
  const text = (key: string) => plain(JSON.stringify(range[key] ?? "?").replaceAll('"', ""));
  const counted = ["masked", "filtered"].flatMap((what) => {
    const rules = Object.entries(range[what] ?? {}).map(([rule, count]) => `${rule} × ${JSON.stringify(count)}`);
    return rules.length > 0 ? ` (${what} ${rules.join(", ")})` : [];
  });
  return `${text("topic")}[${text("partition")}] ${text("firstOffset")}–${text("lastOffset")}${counted.join("")}`;
}
