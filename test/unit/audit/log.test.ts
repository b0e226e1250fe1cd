// The audit log as the path uses it: what a resolved record means, what happens when the disk fails, who may write.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { openCheckpoint } from "../../../src/audit/checkpoint.ts";
import { type Disk, realDisk } from "../../../src/audit/disk.ts";
import type { AuditLog } from "../../../src/audit/log.ts";
import { parseVerifierKey } from "../../../src/audit/note.ts";
import { type LoggedEvent, readEvents } from "../../../src/audit/query.ts";
import { verifyLog } from "../../../src/audit/verify.ts";
import { copyOf, denied, failingDisk, openTestLog, temporaryFolder, testClock } from "./fixtures.ts";

async function requests(directory: string): Promise<(string | null)[]> {
  const events: LoggedEvent[] = [];
  for await (const event of readEvents(directory)) events.push(event);
  return events.map((event) => (event.code === "log.gap" ? `gap of ${Number(refusedOf(event))}` : event.request));
}

function refusedOf({ envelope }: LoggedEvent): unknown {
  return (envelope["data"] as { unmapped: { details: { refused: unknown } } }).unmapped.details.refused;
}

const unavailable = { code: "audit-unavailable" };

async function refusedThenWell(log: AuditLog, repair: () => Promise<void> | void): Promise<void> {
  await expect(log.record(denied("refused"))).rejects.toMatchObject(unavailable);
  expect(log.healthy).toBe(false);
  await expect(log.record(denied("refused"))).rejects.toMatchObject(unavailable);
  await repair();
  await log.record(denied("after"), { durable: true });
  expect(log.healthy).toBe(true);
}

describe("a recorded event", () => {
  it("survives the end of the process without a checkpoint", async () => {
    const folder = await temporaryFolder();
    const log = await openTestLog(folder);
    await log.record(denied("one"));

    const left = await copyOf(join(folder, "audit"));

    expect(await requests(left)).toEqual(["one"]);
    expect(await verifyLog(left)).toMatchObject({ ok: true, size: 0, pending: 1 });
  });

  it("is in the tree after a second, and its checkpoint goes out", async () => {
    const folder = await temporaryFolder();
    const clock = testClock();
    const onCheckpoint = vi.fn<(note: string, size: number) => void>();
    const log = await openTestLog(folder, { clock, onCheckpoint });
    await log.record(denied("one"));

    clock.advance(1_000);

    await vi.waitFor(() => expect(log.size).toBe(1));
    await vi.waitFor(() => expect(onCheckpoint.mock.lastCall?.[1]).toBe(1));
    const note = onCheckpoint.mock.lastCall?.[0] ?? "";
    expect(openCheckpoint(note, parseVerifierKey(log.verifierKey))).toMatchObject({
      origin: "lockkeeper/test-gateway",
      size: 1,
    });
  });

  it("keeps its place, and those of one turn are one write", async () => {
    const folder = await temporaryFolder();
    const disk = failingDisk();
    const log = await openTestLog(folder, { disk });
    const before = disk.writes;

    await Promise.all(Array.from({ length: 50 }, (_, i) => log.record(denied(String(i)), { durable: i % 2 === 0 })));

    expect(disk.writes - before).toBe(1);
    expect(await requests(join(folder, "audit"))).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
  });

  it("cannot be added after close", async () => {
    const log = await openTestLog(await temporaryFolder());
    await log.close();

    await expect(log.record(denied("late"))).rejects.toMatchObject(unavailable);
  });
});

describe("quiet hours", () => {
  it("are proved by checkpoints of the same tree with a later time", async () => {
    const folder = await temporaryFolder();
    const clock = testClock();
    const log = await openTestLog(folder, { clock });
    const first = await verifyLog(join(folder, "audit"));

    clock.advance(60_000);

    await vi.waitFor(async () => {
      const next = await verifyLog(join(folder, "audit"));
      expect(next).toMatchObject({ ok: true, size: 0, rootHex: first.rootHex });
      expect((next.checkpointAt ?? 0) - (first.checkpointAt ?? 0)).toBe(60_000);
    });
    await log.close();
  });
});

describe("a log over many tiles and journal files", () => {
  it("goes on after each restart, whole", async () => {
    const folder = await temporaryFolder();
    const expected: string[] = [];
    for (const count of [3, 300, 0, 700]) {
      const log = await openTestLog(folder, { journalFileBytesMax: 50_000 });
      for (let i = 0; i < count; i += 50) {
        const group = Array.from({ length: Math.min(50, count - i) }, (_, j) => String(expected.length + j));
        expected.push(...group);
        await Promise.all(group.map((request) => log.record(denied(request))));
        await log.checkpoint();
      }
      await log.close();
    }
    const directory = join(folder, "audit");

    expect(await requests(directory)).toEqual(expected);
    expect(await verifyLog(directory)).toMatchObject({ ok: true, size: 1003, pending: 0 });
    expect(await readdir(join(directory, "journal"))).toHaveLength(1);
    expect(await readdir(join(directory, "tile", "0"))).toEqual(["000", "001", "002", "003.p"]);
  });
});

describe("when the disk fails", () => {
  it.each(["ENOSPC", "EIO"])("with %s, new events are refused until it is well", async (code) => {
    const folder = await temporaryFolder();
    const disk = failingDisk();
    const log = await openTestLog(folder, { disk });
    await log.record(denied("before"));
    disk.failWrites = code;

    await refusedThenWell(log, () => {
      disk.failWrites = null;
    });

    await log.close();
    expect(await requests(join(folder, "audit"))).toEqual(["before", "after", "gap of 2"]);
    expect(await verifyLog(join(folder, "audit"))).toMatchObject({ ok: true, size: 3 });
  });

  it("in fdatasync, the durable event is refused and the others are written again", async () => {
    const folder = await temporaryFolder();
    const disk = failingDisk();
    const log = await openTestLog(folder, { disk });
    await log.record(denied("before"));
    disk.failSyncs = "EIO";

    await expect(log.record(denied("durable"), { durable: true })).rejects.toMatchObject(unavailable);

    disk.failSyncs = null;
    await log.record(denied("after"), { durable: true });
    await log.close();
    // The refused attempt may be in the log: an attempt too many is no harm.
    expect(await requests(join(folder, "audit"))).toEqual(["before", "durable", "after"]);
  });

  it.each([
    ["removed", async () => {}],
    ["replaced by a file", (directory: string) => writeFile(directory, "")],
    ["replaced by an empty folder", (directory: string) => mkdir(join(directory, "journal"), { recursive: true })],
  ] as const)("because the folder is %s, new events are refused until it is back", async (_, replace) => {
    const folder = await temporaryFolder();
    const directory = join(folder, "audit");
    const log = await openTestLog(folder);
    await log.record(denied("before"));
    await rename(directory, join(folder, "away"));
    await replace(directory);

    await refusedThenWell(log, async () => {
      await rm(directory, { recursive: true, force: true });
      await rename(join(folder, "away"), directory);
    });

    await log.close();
    expect(await requests(directory)).toEqual(["before", "after", "gap of 2"]);
    expect(await verifyLog(directory)).toMatchObject({ ok: true });
  });

  it("the log gets well by itself, without a new event", async () => {
    const disk = failingDisk();
    const clock = testClock();
    const log = await openTestLog(await temporaryFolder(), { disk, clock });
    disk.failWrites = "ENOSPC";
    await expect(log.record(denied("refused"))).rejects.toMatchObject(unavailable);
    disk.failWrites = null;

    clock.advance(1_000);

    await vi.waitFor(() => expect(log.healthy).toBe(true));
  });

  it("but only in the tree, events still count and the next checkpoint takes them", async () => {
    const folder = await temporaryFolder();
    const log = await openTestLog(folder);
    await rename(join(folder, "audit", "tile"), join(folder, "tile"));
    await writeFile(join(folder, "audit", "tile"), "");

    await log.record(denied("one"));
    await expect(log.checkpoint()).rejects.toMatchObject(unavailable);

    expect(log.healthy).toBe(false);
    await rm(join(folder, "audit", "tile"));
    await rename(join(folder, "tile"), join(folder, "audit", "tile"));
    await log.checkpoint();
    expect(log.healthy).toBe(true);
    expect(await verifyLog(join(folder, "audit"))).toMatchObject({ ok: true, size: 1 });
  });
});

describe("a checkpoint that failed half-way", () => {
  it("is ours all the same, and the next one follows it", async () => {
    const folder = await temporaryFolder();
    const directory = join(folder, "audit");
    let failing = false;
    const open: Disk["open"] = (path, flags, mode) =>
      failing && path === directory ? Promise.reject(new Error("EIO: injected")) : realDisk.open(path, flags, mode);
    const log = await openTestLog(folder, { disk: { ...realDisk, open } });
    await log.record(denied("one"));
    failing = true;
    await expect(log.checkpoint()).rejects.toMatchObject(unavailable);
    expect(await verifyLog(directory)).toMatchObject({ ok: true, size: 1 });
    failing = false;
    await log.record(denied("two"));

    await log.checkpoint();

    expect(log.healthy).toBe(true);
    expect(await verifyLog(directory)).toMatchObject({ ok: true, size: 2 });
  });
});

describe("the folder", () => {
  it("has one writer", async () => {
    const folder = await temporaryFolder();
    await openTestLog(folder);

    await expect(openTestLog(folder)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining(`in use by process ${process.pid}`),
    });
  });

  it("is taken over from a process that is gone, even where its number lives again", async () => {
    const folder = await temporaryFolder();
    await (await openTestLog(folder)).close();
    await writeFile(join(folder, "audit", "lock"), `${process.pid} 1\n`);

    const log = await openTestLog(folder);

    await expect(log.record(denied("one"))).resolves.toBeUndefined();
  });

  it("is never signed over when somebody else wrote a checkpoint", async () => {
    const folder = await temporaryFolder();
    const log = await openTestLog(folder);
    await log.record(denied("one"));
    await writeFile(join(folder, "audit", "checkpoint"), "another writer's");

    await expect(log.checkpoint()).rejects.toMatchObject(unavailable);
  });

  it("belongs to one key", async () => {
    const folder = await temporaryFolder();
    await (await openTestLog(folder)).close();

    await expect(openTestLog(folder, { keyFile: join(folder, "other.key") })).rejects.toMatchObject({
      code: "audit-corrupt",
    });
  });

  it("that cannot be made is an error with its name", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "audit"), "");

    await expect(openTestLog(folder)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining(join(folder, "audit")),
    });
  });

  it("whose checkpoint was lost is not begun anew", async () => {
    const folder = await temporaryFolder();
    const log = await openTestLog(folder);
    await log.record(denied("one"));
    await log.close();
    await rm(join(folder, "audit", "checkpoint"));

    await expect(openTestLog(folder)).rejects.toMatchObject({ code: "audit-corrupt" });
  });

  it("keeps the key readable to its owner alone, and its public half beside the log", async () => {
    const folder = await temporaryFolder();
    const log = await openTestLog(folder);

    expect((await stat(join(folder, "audit.key"))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, "audit.key"), "utf8")).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(await readFile(join(folder, "audit", "log.pub"), "utf8")).toBe(`${log.verifierKey}\n`);
  });
});
