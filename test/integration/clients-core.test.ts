// The core of the client matrix (test/clients, all of it by `npm run test:clients`): franz-go and confluent-kafka do at the brokers and through
// the gateway what they can, and get the same. What is meant to differ is in test/clients/expected.ts, with its reason.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeError } from "../../src/base/errors.ts";
import { isExpected } from "../clients/expected.ts";
import { type ClientProgram, type Command, clientPrograms, commandOf } from "../clients/programs.ts";
import { runBoth, type Steps } from "../clients/report-run.ts";
import { type Stage, startStage } from "../clients/stage.ts";
import { sharedServers } from "../support/shared.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await startStage(sharedServers().kafka);
});
afterAll(() => stage.stop());

const core = clientPrograms.filter((client) => client.core);
const commands = new Map<string, Command | string>();
for (const client of core) {
  commands.set(client.name, await commandOf(client).catch((error: unknown) => describeError(error)));
}

/** Fewer steps than this would mean that the client's program broke off. */
const stepsMin: Readonly<Record<Steps, number>> = { core: 40, all: 40, guarded: 20 };

async function differences(client: ClientProgram, command: Command, steps: Steps): Promise<unknown[]> {
  const { broker, gateway, differences: all } = await runBoth(command, stage, steps);
  for (const { finished, steps: made } of [broker, gateway]) {
    expect(finished.code, finished.stderr.slice(-2000)).toBe(0);
    expect(made.length).toBeGreaterThanOrEqual(stepsMin[steps]);
  }
  return all.filter((difference) => !isExpected(client.name, steps, difference));
}

describe.each(core)("$name", (client) => {
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
