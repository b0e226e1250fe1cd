// Another key for the log: whoever trusts the old or the new one can verify all of it, and a crash half-way is mended by the next start.
import { copyFile, cp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Disk, realDisk } from "../../../src/audit/disk.ts";
import { loadSigningKey } from "../../../src/audit/keys.ts";
import { noteSigner, verifierKey } from "../../../src/audit/note.ts";
import { readEvents } from "../../../src/audit/query.ts";
import { rotateKey } from "../../../src/audit/rotate.ts";
import { verifyLog } from "../../../src/audit/verify.ts";
import { silentLog } from "../../../src/base/log.ts";
import { denied, gateway, openTestLog, temporaryFolder, testClock } from "./fixtures.ts";

async function setUp(events = 300) {
  const folder = await temporaryFolder();
  const directory = join(folder, "audit");
  const keyFile = join(folder, "audit.key");
  const options = { directory, keyFile, clock: testClock(), log: silentLog, source: { gateway, version: "0.0.0" } };
  const record = async (count: number) => {
    const log = await openTestLog(folder);
    await Promise.all(Array.from({ length: count }, (_, i) => log.record(denied(String(i)))));
    await log.close();
    return log.verifierKey;
  };
  const first = await record(events);
  const kept = await readFile(join(directory, "checkpoint"), "utf8");
  return { folder, directory, keyFile, options, record, first, kept };
}

async function keyOf(file: string): Promise<string> {
  return verifierKey(noteSigner("lockkeeper/test-gateway", await loadSigningKey(realDisk, file)));
}

describe("a rotated key", () => {
  it("goes on with the same log, which either key verifies", async () => {
    const { directory, options, record, first, kept } = await setUp();

    const { from, to, retiredFile } = await rotateKey(options);

    expect([from, await keyOf(retiredFile)]).toEqual([first, first]);
    expect(to).not.toBe(first);
    expect(await record(5)).toBe(to);
    for (const key of [first, to]) {
      const report = await verifyLog(directory, { verifierKey: key, known: kept });
      expect(report).toMatchObject({ ok: true, size: 306, keys: 2, problems: [] });
    }
    const codes: string[] = [];
    for await (const event of readEvents(directory, {}, { from: 300 })) codes.push(event.code);
    expect(codes[0]).toBe("log.key-rotated");
  });

  it("can be rotated again: the chain holds from the first to the last", async () => {
    const { directory, options, record, first } = await setUp(3);
    await rotateKey(options);
    await record(2);
    const { to } = await rotateKey(options);

    expect(await verifyLog(directory, { verifierKey: first })).toMatchObject({ ok: true, keys: 3, size: 7 });
    expect(await verifyLog(directory, { verifierKey: to })).toMatchObject({ ok: true, keys: 3 });
  });

  it("is not rotated while a gateway runs", async () => {
    const { folder, options } = await setUp(1);
    await openTestLog(folder);

    await expect(rotateKey(options)).rejects.toMatchObject({ code: "audit-unavailable" });
  });
});

describe("a chain that does not hold", () => {
  it.each([
    [
      "its hand-over is gone",
      (directory: string) => rm(join(directory, "handovers"), { recursive: true }),
      /not signed by this key/,
    ],
    [
      "its hand-over was changed",
      async (directory: string) => {
        const file = join(directory, "handovers", "000001");
        await writeFile(file, (await readFile(file, "utf8")).replace("\n301\n", "\n300\n"));
      },
      /wrong/,
    ],
  ])("is found: %s", async (_, harm, message) => {
    const { directory, options, first } = await setUp();
    await rotateKey(options);
    await harm(directory);

    const report = await verifyLog(directory, { verifierKey: first });

    expect(report.ok).toBe(false);
    expect(report.problems[0]?.message).toMatch(message);
  });

  it("is found: the old key went on signing", async () => {
    const { folder, directory, keyFile, options, first } = await setUp(3);
    await cp(directory, join(folder, "before"), { recursive: true });
    await copyFile(keyFile, join(folder, "stolen.key"));
    await rotateKey(options);
    // whoever has the old key continues the old log beside the hand-over
    await rm(join(folder, "before", "lock"), { force: true });
    const forged = await openTestLog(folder, {
      directory: join(folder, "before"),
      keyFile: join(folder, "stolen.key"),
    });
    await Promise.all(Array.from({ length: 4 }, (_, i) => forged.record(denied(`forged ${i}`))));
    await forged.close();
    await cp(join(directory, "handovers"), join(folder, "before", "handovers"), { recursive: true });

    const report = await verifyLog(join(folder, "before"), { verifierKey: first });

    expect(report.ok).toBe(false);
  });
});

describe("a rotation that was cut", () => {
  /** A disk that dies at the n-th rename or removal: what is on it is what a crash leaves. */
  function dyingDisk(steps: number): Disk {
    let left = steps;
    const step = <T>(run: () => Promise<T>): Promise<T> =>
      left-- > 0 ? run() : Promise.reject(Object.assign(new Error("EIO: injected"), { code: "EIO" }));
    return {
      ...realDisk,
      rename: (from, to) => step(() => rename(from, to)),
      rm: (path, options) => (String(path).endsWith("lock") ? rm(path, options) : step(() => rm(path, options))),
    };
  }

  it("at any step is completed or taken back by the next start, and the log stays whole", async () => {
    const outcomes = new Set<number>();
    for (let steps = 0; steps < 40; steps++) {
      const { directory, options, record, first } = await setUp(2);
      const failed = await rotateKey({ ...options, disk: dyingDisk(steps) }).then(
        () => false,
        () => true,
      );
      await rm(join(directory, "lock"), { force: true });

      await record(1);

      const report = await verifyLog(directory, { verifierKey: first });
      expect(report, `cut after ${steps} steps`).toMatchObject({ ok: true, problems: [] });
      outcomes.add(report.keys);
      if (!failed) break;
    }
    expect([...outcomes].toSorted((a, b) => a - b)).toEqual([1, 2]);
  });
});
