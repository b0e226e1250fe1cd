// Kafka's own AdminClient waits by itself where `approvals.nativeWait` lists it: it is told when to come again, comes until it is approved or its own
// time is over, and is never told a ticket. (What it is told on the wire is in approvals-ahead.test.ts.)
import { afterAll, beforeAll, expect, it } from "vitest";
import { kafkaTools, loginProperties } from "../../src/demo/parts/kafka-tools.ts";
import { run } from "../../src/demo/parts/process.ts";
import { tableClients } from "../clients/approvals/clients.ts";
import { startTableStage, type TableStage } from "../clients/approvals/stage.ts";
import { readReport } from "../clients/compare.ts";
import { sharedServers } from "../support/shared.ts";
import { eventually } from "../support/wait.ts";

let stage: TableStage;
beforeAll(async () => {
  stage = await startTableStage(sharedServers(), { nativeWait: ["apache-kafka-java"] });
});
afterAll(() => stage.stop());

const [java] = tableClients;

/** DeleteTopics by a JVM of its own, whose calls may take so long. */
async function deleteTopic(prefix: string, patienceMs: number): Promise<string> {
  const { file, args, env } = await java.command(() => {});
  const more = {
    ...stage.door,
    CLIENT_PREFIX: prefix,
    CLIENT_ACTS: "DeleteTopics",
    CLIENT_PATIENCE_MS: String(patienceMs),
  };
  const { stdout, stderr } = await run(file, args, { env: { ...env, ...more }, timeoutMs: 90_000 });
  const [step] = readReport(stdout);
  if (step === undefined) throw new Error(stderr);
  return step.ok ? "done" : (step.error ?? "");
}

const toldToComeAgain = (prefix: string) =>
  stage.events({ codes: ["operation.denied"], resource: `${prefix}-DeleteTopics` });

it("is told to come again, comes, and gets done what was approved meanwhile: once", async () => {
  const prefix = `nw${process.pid.toString(36)}-held-a`;
  await stage.prepare(prefix);
  const client = deleteTopic(prefix, 60_000);
  await eventually(async () => (await toldToComeAgain(prefix)).length > 0, { deadlineMs: 60_000 });
  const [asked] = await stage.approvals(prefix);
  expect([asked?.state, await stage.isDone(prefix, "DeleteTopics")]).toEqual(["pending", false]);

  await stage.decide(asked?.id ?? "", "approve");

  expect(await client).toBe("done");
  const approvals = await stage.approvals(prefix);
  expect(approvals.map(({ id, state }) => [id, state])).toEqual([[asked?.id, "used"]]);
  expect(await stage.timesDone(approvals, "DeleteTopics")).toBe(1);
  await eventually(() => stage.isDone(prefix, "DeleteTopics"));
});

it("gives up by its own time where nobody decides, and nothing is done afterwards", async () => {
  const prefix = `nw${process.pid.toString(36)}-held-b`;
  await stage.prepare(prefix);

  const told = await deleteTopic(prefix, 9_000);

  expect(told).toMatch(/^TimeoutException|^ThrottlingQuotaExceededException/);
  const [asked, ...others] = await stage.approvals(prefix);
  expect(others).toEqual([]);
  await stage.decide(asked?.id ?? "", "approve");
  expect(await stage.timesDone(await stage.approvals(prefix), "DeleteTopics")).toBe(0);
  expect(await stage.isDone(prefix, "DeleteTopics")).toBe(false);
});

it("is told the approval at once where it has told its client not to wait, as kafka-topics does", async () => {
  const prefix = `nw${process.pid.toString(36)}-held-c`;
  await stage.prepare(prefix);
  const { CLIENT_BOOTSTRAP = "", CLIENT_USERNAME: username = "", CLIENT_PASSWORD: password = "" } = stage.door;
  const tools = await kafkaTools([CLIENT_BOOTSTRAP], loginProperties({ mechanism: "PLAIN", username, password }));
  const { code, stdout, stderr } = await tools.run("topics", ["--delete", "--topic", `${prefix}-DeleteTopics`]);
  await tools.remove();
  expect(code).not.toBe(0);
  const [asked] = await stage.approvals(prefix);
  expect(stdout + stderr).toContain(`Approval ${asked?.id} is waiting for deciders.`);
});
