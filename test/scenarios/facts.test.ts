// Every fact scenario, and that every API with a high-risk operation has one: what people approve is pinned to the world that they were shown.
import { describe, expect, it } from "vitest";
import { rules } from "../../src/protocols/kafka/operations/index.ts";
import { othersInTest } from "../support/fake-broker.ts";
import { conversation } from "../unit/protocols/kafka/conversation.ts";
import { factScenarios } from "./facts/index.ts";

describe("facts", () => {
  it.each(factScenarios.map((scenario) => [scenario.name, scenario] as const))("%s", async (_, scenario) => {
    const talk = await conversation({}, scenario.broker);
    const { exchange } = await talk.say(scenario.api, scenario.version, scenario.request);

    const { secret, ...facts } = await exchange.facts(
      scenario.operation ?? 0,
      othersInTest(() => talk.channel),
    );

    expect(facts.wouldFail).toBe(scenario.wouldFail ?? null);
    if (scenario.wouldFail !== undefined) return;
    expect(facts.pinned).toEqual(scenario.pinned);
    expect(facts.shown).toMatchObject(scenario.shown ?? {});
    expect(facts.bound).toEqual(scenario.bound);
    expect(secret !== undefined).toBe(scenario.secret ?? false);
    if (secret !== undefined) {
      const told = JSON.stringify([facts, secret, exchange.operations]);
      expect(told).not.toContain("hunter2");
    }
  });

  it("are known for every API that has a high-risk operation", async () => {
    const scenarios = new Set(factScenarios.map(({ api }) => api.name));
    const risky = rules.map(({ api }) => api.name).filter((name) => highRisk.has(name));

    expect(risky.toSorted()).toEqual([...highRisk].toSorted());
    expect(risky.filter((name) => !scenarios.has(name))).toEqual([]);
  });
});

/** Of the 25 of the table of Kafka 4.4; delegation tokens (38 to 40) are offered to nobody. */
const highRisk = new Set([
  "DeleteTopics",
  "DeleteRecords",
  "WriteTxnMarkers",
  "CreateAcls",
  "DeleteAcls",
  "AlterConfigs",
  "AlterReplicaLogDirs",
  "CreatePartitions",
  "DeleteGroups",
  "ElectLeaders",
  "IncrementalAlterConfigs",
  "AlterPartitionReassignments",
  "OffsetDelete",
  "AlterClientQuotas",
  "AlterUserScramCredentials",
  "UpdateFeatures",
  "UnregisterBroker",
  "AddRaftVoter",
  "RemoveRaftVoter",
  "AlterShareGroupOffsets",
  "DeleteShareGroupOffsets",
  "UnregisterController",
]);
