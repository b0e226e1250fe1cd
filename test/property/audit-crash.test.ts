// The log dies at any disk operation, with any part of a write done: what was promised is there again, in a tree that fits together.
import { cp, readFile, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Disk, realDisk } from "../../src/audit/disk.ts";
import { journalFiles } from "../../src/audit/journal.ts";
import { type LoggedEvent, readEvents } from "../../src/audit/query.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { denied, openTestLog, temporaryFolder } from "../unit/audit/fixtures.ts";

function died(): Error {
  return Object.assign(new Error("EIO: the machine is off"), { code: "EIO" });
}

/** A disk of a machine that loses power at operation `dieAt`: a write then leaves its first bytes, anything else nothing or all. */
function mortalDisk(dieAt: number, part: number): Disk {
  let operations = 0;
  async function step<T>(run: () => Promise<T>): Promise<T> {
    operations++;
    if (operations > dieAt) throw died();
    if (operations === dieAt && part < 0.5) throw died();
    const result = await run();
    if (operations >= dieAt) throw died();
    return result;
  }
  return {
    ...realDisk,
    rename: (from, to) => step(() => realDisk.rename(from, to)),
    rm: (path, options) => step(() => realDisk.rm(path, options)),
    async open(path, flags, mode) {
      const handle = await realDisk.open(path, flags, mode);
      return new Proxy(handle, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          if (name === "write") {
            return async (bytes: Uint8Array, offset: number, length: number) => {
              operations++;
              if (operations > dieAt) throw died();
              if (operations < dieAt) return target.write(bytes, offset, length, null);
              await target.write(bytes, offset, Math.floor(length * part), null);
              throw died();
            };
          }
          if (name === "sync" || name === "datasync") return () => step(() => target[name]());
          return (...args: unknown[]) => Reflect.apply(value, target, args) as unknown;
        },
      });
    },
  };
}

async function events(directory: string): Promise<LoggedEvent[]> {
  const all: LoggedEvent[] = [];
  for await (const event of readEvents(directory)) all.push(event);
  return all;
}

/** A group of events, durable or not, or a checkpoint. */
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ events: fc.integer({ min: 1, max: 60 }), durable: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant("checkpoint" as const) },
);

describe("a crash of the audit log", () => {
  it("at any disk operation loses nothing that was promised", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 1, maxLength: 14 }),
        fc.integer({ min: 8, max: 150 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (acts, dieAt, part) => {
          const folder = await temporaryFolder();
          const directory = join(folder, "audit");
          const promised: string[] = [];
          let made = 0;
          const first = await openTestLog(folder, { disk: mortalDisk(dieAt, part), journalFileBytesMax: 20_000 }).catch(
            () => null,
          );
          for (const each of acts) {
            if (first === null) break;
            if (each === "checkpoint") await first.checkpoint().catch(() => {});
            else {
              const group = Array.from({ length: each.events }, () => String(made++));
              const results = await Promise.allSettled(
                group.map((request) => first.record(denied(request), { durable: each.durable })),
              );
              promised.push(...group.filter((_, i) => results[i]?.status === "fulfilled"));
            }
          }
          await first?.close().catch(() => {});
          await rm(join(directory, "lock"), { force: true });

          const second = await openTestLog(folder);
          await second.record(denied("after"));
          await second.close();

          const found = await events(directory);
          const kept = found.map((event) => event.request);
          expect(kept.filter((request) => promised.includes(request ?? ""))).toEqual(promised);
          expect(kept.at(-1)).toBe("after");
          expect(await verifyLog(directory)).toMatchObject({ ok: true, size: found.length, pending: 0 });
        },
      ),
      { numRuns: 40 },
    );
  });

  it("that cuts the journal at any byte keeps what is before the cut, and a torn entry is said", async () => {
    const folder = await temporaryFolder();
    const log = await openTestLog(folder);
    await Promise.all(Array.from({ length: 5 }, (_, i) => log.record(denied(String(i)))));
    await log.checkpoint();
    for (let i = 5; i < 12; i++) await log.record(denied(String(i)));
    const directory = join(folder, "audit");
    const journal = (await journalFiles(realDisk, join(directory, "journal"))).at(-1)?.path ?? "";
    const bytes = await readFile(journal);

    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (cut) => {
        const crashed = await temporaryFolder();
        await cp(folder, crashed, { recursive: true });
        await rm(join(crashed, "audit", "lock"));
        const path = journal.replace(folder, crashed);
        await truncate(path, cut);
        let whole = 0;
        let at = 12;
        while (at + 8 <= cut && at + 8 + bytes.readUInt32BE(at) <= cut) {
          at += 8 + bytes.readUInt32BE(at);
          whole++;
        }

        await (await openTestLog(crashed)).close();

        const found = await events(join(crashed, "audit"));
        const expected = Array.from({ length: Math.max(5, whole) }, (_, i) => String(i));
        expect(found.filter((event) => event.code !== "log.gap").map((event) => event.request)).toEqual(expected);
        expect(found.some((event) => event.code === "log.gap")).toBe(cut < 12 || cut !== at);
        expect(await verifyLog(join(crashed, "audit"))).toMatchObject({ ok: true });
      }),
      { numRuns: 25 },
    );
  });
});
