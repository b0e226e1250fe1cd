// The table of approvals: what differs from run to run is taken out, the gateway's sentences become words, and what is wrong is said loudly.
import { expect, test } from "vitest";
import { cases } from "../../clients/approvals/cases.ts";
import { inWords, tableOf } from "../../clients/approvals/table.ts";

test("the gateway's sentences become words, ids and addresses go", () => {
  const printed =
    "PolicyViolationException: Approval apr_01m8b2y8 is waiting for deciders. Run the same command again once it is approved.";

  expect(inWords(printed)).toBe("`PolicyViolationException: «ticket»`");
  expect(inWords('44: Approval apr_01m8 was denied by decider: "not today". Nothing was done.')).toBe("`44: «denied»`");
  expect(inWords("no answer from 127.0.0.1:19092 about tbx1-left-DeleteTopics")).toBe(
    "`no answer from … about DeleteTopics`",
  );
});

test("APIs that printed the same share a line; one that was executed twice stands out", () => {
  const [held] = cases;
  const outcomes = [
    { act: "DeleteTopics", printed: ["done"], executed: 1, problem: null },
    { act: "CreateAcls", printed: ["done"], executed: 2, problem: "the broker confirmed it 2 times" },
  ] as const;

  const table = tableOf(
    [{ client: "kafkajs", outcomes: { held: outcomes }, lacks: ["IncrementalAlterConfigs"] }],
    [held],
  );

  expect(table).toContain("| client | approved within the hold: executed once |");
  expect(table).toContain(
    "| kafkajs (has no IncrementalAlterConfigs) | **CreateAcls: the broker confirmed it 2 times**<br>`done` |",
  );
});
