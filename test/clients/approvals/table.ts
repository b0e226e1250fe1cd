// The table as Markdown: a client a row, a case a column. The gateway's own sentences are long and the same everywhere: they stand under the
// table once, and in it by a word in «». Pure.
import type { Case } from "./cases.ts";
import type { Outcome } from "./run.ts";

export interface Row {
  readonly client: string;
  /** By the case's name; APIs that the client does not have are left out. */
  readonly outcomes: Readonly<Record<string, readonly Outcome[]>>;
  readonly lacks: readonly string[];
}

const id = "apr_[0-9a-z]+";
const sentences = [
  [
    "ticket",
    new RegExp(`Approval ${id} is waiting for deciders[^.]*\\. Run the same command again once it is approved\\.`, "g"),
  ],
  ["denied", new RegExp(`Approval ${id} was denied by decider: "not today"\\. Nothing was done\\.`, "g")],
  ["expired", new RegExp(`Approval ${id} expired before anybody decided\\. Run the command again to ask anew\\.`, "g")],
] as const;

/** What clients say at length, shorter: Kafka's own sentence for error 44, and the wrapping of one client. */
const shorter = [
  [/Request parameters do not satisfy the configured policy\.?|Broker: Policy violation/g, "‹44›"],
  [/\[PLT_KFK_RESPONSE: [^[]*\[/g, "[… ["],
  [/(Deleting topics|Incrementally altering configs|Creating ACLs|Deleting records) failed/g, "… failed"],
  [/\(callName=[^)]*?(\(api=\w+\))?, deadlineMs=[^)]*\)/g, "(…)"],
  [/Request \w+\(key: \d+, version: \d+\)/g, "Request …"],
  [/request \w+ has/g, "request … has"],
] as const;

export const legend = [
  "«ticket»: Approval apr_… is waiting for deciders. Run the same command again once it is approved.",
  '«denied»: Approval apr_… was denied by decider: "not today". Nothing was done.',
  "«expired»: Approval apr_… expired before anybody decided. Run the command again to ask anew.",
  "‹44›: Kafka's own sentence for POLICY_VIOLATION. An answer to DeleteRecords, and to DeleteTopics before version 5, has no field for another one, and some clients leave it out: the approval's id is in `lockkeeper approvals list`, and in Slack.",
] as const;

export function tableOf(rows: readonly Row[], cases: readonly Case[]): string {
  const head = [
    "client",
    ...cases.map(({ title, executed }) => `${title}: executed ${executed === 1 ? "once" : "never"}`),
  ];
  const lines = rows.map(({ client, outcomes, lacks }) => {
    const missing = lacks.length === 0 ? "" : ` (has no ${lacks.join(", ")})`;
    return [`${client}${missing}`, ...cases.map(({ name }) => cellOf(outcomes[name] ?? []))];
  });
  const all = [head, head.map(() => "---"), ...lines];
  return `${all.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n\n${legend.join("<br>\n")}\n`;
}

/** What all APIs printed, once; where they differ, each with its name. Says loudly what is not as it must be. */
function cellOf(outcomes: readonly Outcome[]): string {
  const wrong = outcomes.filter(({ problem }) => problem !== null).map(({ act, problem }) => `**${act}: ${problem}**`);
  const byText = Map.groupBy(outcomes, ({ printed }) => printed.map(inWords).join(", then "));
  const texts = [...byText].map(([text, same]) =>
    byText.size === 1 ? text : `${same.map(({ act }) => act).join(", ")}: ${text}`,
  );
  return [...wrong, ...texts].join("<br>");
}

/** Printed text as code, the gateway's sentences by their word, and what differs from run to run taken out. */
export function inWords(printed: string): string {
  let text = printed;
  for (const [word, sentence] of sentences) text = text.replaceAll(sentence, `«${word}»`);
  for (const [long, short] of shorter) text = text.replaceAll(long, short);
  text = text
    .replaceAll(new RegExp(id, "g"), "apr_…")
    .replaceAll(/tb\w+-\w+-(\w+)/g, "$1")
    .replaceAll(/127\.0\.0\.1:\d+/g, "…")
    .replaceAll(/\b\d{4,}\b/g, "…")
    .replaceAll("|", "¦")
    .replaceAll("`", "'");
  return `\`${text.length > 220 ? `${text.slice(0, 219)}…` : text}\``;
}
