// A cluster of its own, since this one is broken on purpose.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { startKafka } from "../../src/demo/parts/kafka.ts";
import { kafkaTools } from "../../src/demo/parts/kafka-tools.ts";

it("keeps its topics and ports over a crash, and leaves no file or process behind", async () => {
  const kafka = await startKafka({ authorizer: false });
  const tools = await kafkaTools(kafka.bootstrap);
  const directory = dirname(kafka.logFile(1));
  const crashed = kafka.pid(1);
  await tools.run("topics", ["--create", "--topic", "survivor"]);

  await kafka.kill(1);
  await kafka.start(1);

  const listed = await tools.run("topics", ["--list"]);
  const running = kafka.pid(1);
  await Promise.all([kafka.stop(), tools.remove()]);
  expect(listed.stdout).toContain("survivor");
  expect(running).not.toBe(crashed);
  expect(existsSync(directory)).toBe(false);
  expect(() => process.kill(running, 0)).toThrow("ESRCH");
});
