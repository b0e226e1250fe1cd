// The core of the client matrix (test/clients, all of it by `npm run test:clients`): five clients in four languages do at the
// brokers and through the gateway what they can, and get the same. What is meant to differ is in test/clients/expected.ts, with its reason.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeError } from "../../src/base/errors.ts";
import { isExpected } from "../clients/expected.ts";
import { type Command, commandOf, coreClients } from "../clients/programs.ts";
import { runBoth } from "../clients/report-run.ts";
import { type Stage, startStage } from "../clients/stage.ts";
import { sharedServers } from "../support/shared.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await startStage(sharedServers().kafka);
});
afterAll(() => stage.stop());

const commands = new Map<string, Command | string>();
for (const client of coreClients) {
  commands.set(client.name, await commandOf(client).catch((error: unknown) => describeError(error)));
}

async function differences(
  client: (typeof coreClients)[number],
  command: Command,
  steps: "core" | "guarded",
): Promise<unknown[]> {
  const { broker, gateway, differences: all } = await runBoth(command, stage, steps);
  for (const { finished, steps: made } of [broker, gateway]) {
    expect(finished.code, finished.stderr.slice(-2000)).toBe(0);
    expect(made.length).toBeGreaterThanOrEqual(client.core[steps]);
  }
  return all.filter((difference) => !isExpected(client.name, steps, difference));
}

describe.each(coreClients)("$name", (client) => {
  const command = commands.get(client.name);
  // Said, not passed: the reason is what the registry or the toolchain answered.
  const why = typeof command === "object" ? "" : ` (${client.name} cannot be had: ${command ?? ""})`;
  const missing = why !== "";

  it.skipIf(missing)(`gets through the gateway what it gets from the broker${why}`, async () => {
    expect(await differences(client, command as Command, "core")).toEqual([]);
  });

  it.skipIf(missing)(`meets a refusal as it would meet the broker's, and masked values${why}`, async () => {
    expect(await differences(client, command as Command, "guarded")).toEqual([]);
  });
});
