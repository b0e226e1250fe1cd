// The core of the table of approvals (all of it: `npm run test:approvals-table`): Java's AdminClient, librdkafka and kafkajs ask for what is
// risky; approved while they wait it happens once, denied it never does, and each is told so.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeError } from "../../src/base/errors.ts";
import { cases } from "../clients/approvals/cases.ts";
import { tableClients } from "../clients/approvals/clients.ts";
import { runCase } from "../clients/approvals/run.ts";
import { startTableStage, type TableStage } from "../clients/approvals/stage.ts";
import type { Command } from "../clients/programs.ts";
import { sharedServers } from "../support/shared.ts";

let stage: TableStage;
beforeAll(async () => {
  stage = await startTableStage(sharedServers());
});
afterAll(() => stage.stop());

const commands = new Map<string, Command | string>();
const core = tableClients.filter((client) => client.core);
for (const client of core) {
  const command = await client.command(() => {}).catch((error: unknown) => describeError(error));
  commands.set(client.name, command);
}

describe.each(core)("$name", (client) => {
  const command = commands.get(client.name);
  const why = typeof command === "object" ? "" : ` (it cannot be had: ${command ?? ""})`;

  it.skipIf(why !== "").each(cases.filter(({ name }) => name === "held" || name === "denied"))(
    `$title: the broker has executed each as often as it must${why}`,
    async (which) => {
      const outcomes = await runCase(command as Command, client.acts, which, stage);

      expect(outcomes.map(({ act, problem }) => [act, problem])).toEqual(client.acts.map((act) => [act, null]));
      // Not every answer has a field for a sentence (DeleteRecords, older DeleteTopics), and kafkajs leaves sentences out.
      const told = outcomes.filter(({ act }) => act === "IncrementalAlterConfigs");
      const sentence = which.name === "denied" ? /apr_\w+ was denied by decider: "not today"/ : /^done$/;
      for (const { printed } of told) expect(printed.join()).toMatch(sentence);
    },
  );
});
