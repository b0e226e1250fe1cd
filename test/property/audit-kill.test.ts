// kill -9, again and again, on the same log: every event that was promised is there, in order, in a tree that fits together.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { readEvents } from "../../src/audit/query.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { openTestLog, temporaryFolder } from "../unit/audit/fixtures.ts";

const child = join(import.meta.dirname, "../unit/audit/kill-child.ts");
const kills = Number(process.env["LOCKKEEPER_KILLS"] ?? 4);

describe("a gateway that is killed", () => {
  it("has lost nothing that it promised", { timeout: 20_000 + kills * 5_000 }, async () => {
    const folder = await temporaryFolder();
    const promised: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const before = promised.length;
      const running = spawn(process.execPath, [child, folder, String(kill * 1_000_000)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const exited = once(running, "exit");
      // Not a time but an amount of work: from nothing but the start-up to several journal files.
      for await (const line of createInterface({ input: running.stdout })) {
        promised.push(line);
        if (promised.length - before === 1 + ((kill * 397) % 2_000)) running.kill("SIGKILL");
      }
      await exited;
    }

    const log = await openTestLog(folder, { source: { gateway: "gw", version: "0" } });
    await log.close();

    const expected = new Set(promised);
    const found: string[] = [];
    for await (const event of readEvents(join(folder, "audit"))) if (event.request) found.push(event.request);
    expect(found.filter((request) => expected.has(request))).toEqual(promised);
    expect(await verifyLog(join(folder, "audit"))).toMatchObject({ ok: true, pending: 0 });
  });
});
