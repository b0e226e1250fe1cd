// kill -9, again and again, on the same log: every event that was promised is there, in order, in a tree that fits together.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { readEvents } from "../../src/audit/query.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { openTestLog, temporaryFolder } from "../unit/audit/fixtures.ts";

const kills = Number(process.env["LOCKKEEPER_KILLS"] ?? 4);
const seed = Number(process.env["LOCKKEEPER_SEED"] ?? 20_261_126);

/** Numbers from 0 up to, without, 1 that a seed repeats (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Starts the program on the same folder and kills it, `kills` times; returns all lines that it printed. */
async function killed(program: string, folder: string, linesMax: number): Promise<string[]> {
  const printed: string[] = [];
  const random = randomFrom(seed);
  for (let kill = 0; kill < kills; kill++) {
    const before = printed.length;
    const running = spawn(process.execPath, [join(import.meta.dirname, program), folder, String(kill * 1_000_000)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(running, "exit");
    // An amount of work, from nothing but the start-up to several journal files, and then a moment within what follows.
    const enough = 1 + Math.floor(random() * linesMax);
    const moment = random() * 8;
    for await (const line of createInterface({ input: running.stdout })) {
      printed.push(line);
      if (printed.length - before === enough) setTimeout(() => running.kill("SIGKILL"), moment);
    }
    await exited;
    expect(printed.length - before, `kill ${kill} of seed ${seed}`).toBeGreaterThanOrEqual(enough);
    if (kill % 10 < 9) continue;
    const { problems } = await verifyLog(join(folder, "audit"));
    // The journal may end in a write that the kill cut; the tree may not.
    expect(
      problems.filter(({ file }) => !file.startsWith("journal/")),
      `after kill ${kill} of seed ${seed}`,
    ).toEqual([]);
  }
  const log = await openTestLog(folder, { source: { gateway: "gw", version: "0" } });
  await log.close();
  expect(await verifyLog(join(folder, "audit"))).toMatchObject({ ok: true, pending: 0 });
  return printed;
}

const timeout = 30_000 + kills * 10_000;

describe("kill -9 under load", () => {
  it("loses nothing that the log promised, and its order", { timeout }, async () => {
    const folder = await temporaryFolder();

    const promised = await killed("../unit/audit/kill-child.ts", folder, 2_000);

    const expected = new Set(promised);
    const found: string[] = [];
    for await (const event of readEvents(join(folder, "audit"))) if (event.request) found.push(event.request);
    expect(found.filter((request) => expected.has(request))).toEqual(promised);
  });

  it("leaves no decision out that took effect at the broker", { timeout }, async () => {
    const folder = await temporaryFolder();

    const created = await killed("../unit/pipeline/kill-child.ts", folder, 400);

    const allowed = new Set<string>();
    let gaps = 0;
    for await (const { code, resource } of readEvents(join(folder, "audit"))) {
      if (code === "operation.allowed" && resource) allowed.add(resource.name);
      if (code === "log.gap") gaps++;
    }
    expect(created.filter((topic) => !allowed.has(topic))).toEqual([]);
    expect(gaps).toBeGreaterThanOrEqual(kills);
  });
});
