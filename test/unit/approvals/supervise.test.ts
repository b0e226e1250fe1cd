// The supervisor with real child processes: they come back, they end with us, and they see no secret but in their settings.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { supervise } from "../../../src/approvals/supervise.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";

const file = fileURLToPath(new URL("./children/echo.mjs", import.meta.url));

function start(settings: object, env: NodeJS.ProcessEnv = process.env) {
  const supervised = supervise({ file, settings, readyMessage: "ready", clock: systemClock, log: silentLog, env });
  onTestFinished(() => supervised.stop());
  return supervised;
}

test("a child that dies is started again, with growing pauses", async () => {
  const supervised = start({ die: true });
  await supervised.ready;
  const firstAt = performance.now();
  await supervised.nextReady();
  const secondAt = performance.now();
  await supervised.nextReady();

  expect(supervised.restarts).toBe(2);
  expect(secondAt - firstAt).toBeGreaterThan(450);
  expect(performance.now() - secondAt).toBeGreaterThan(950);
});

test("a child that is stopped ends and stays ended", async () => {
  const supervised = start({});
  await supervised.ready;
  const pid = supervised.pid ?? 0;

  await supervised.stop();

  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(supervised.restarts).toBe(0);
});

test("secrets reach the child through its settings only, neither in its arguments nor in its environment", async () => {
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-supervise-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const out = join(dir, "seen.json");

  const supervised = start({ file: out, token: "xoxb-secret" }, { ...process.env, SLACK_BOT_TOKEN: "xoxb-secret" });
  await supervised.ready;

  const seen = await readFile(out, "utf8");
  expect(seen).toContain("PATH");
  expect(seen).not.toContain("secret");
});
