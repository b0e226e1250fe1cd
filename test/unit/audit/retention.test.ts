// What is due goes, what is held or still needed stays, and the log proves all of it afterwards.
import { mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type RetentionParts, startRetention } from "../../../src/app/retention.ts";
import { realDisk } from "../../../src/audit/disk.ts";
import { openEventIndex } from "../../../src/audit/event-index.ts";
import { type LegalHold, refuseIfHeld, writeHolds } from "../../../src/audit/holds.ts";
import { proveEntry } from "../../../src/audit/prove.ts";
import { type LoggedEvent, readEvents } from "../../../src/audit/query.ts";
import { dueBundles } from "../../../src/audit/retention.ts";
import { dueRecordings, type StoredRecording } from "../../../src/audit/retention-recordings.ts";
import { verifyLog } from "../../../src/audit/verify.ts";
import { silentLog } from "../../../src/base/log.ts";
import { alice, denied, openTestLog, range, temporaryFolder, testClock } from "./fixtures.ts";

const day = 86_400_000;
const born = 1_790_000_000_000;

/** Five full bundles, one a day, and a sixth that is not full; entry 300 is of bob and of the topic payments. */
async function setUp() {
  const folder = await temporaryFolder();
  const directory = join(folder, "audit");
  const clock = testClock(born + 10 * day);
  const log = await openTestLog(folder, { clock });
  for (let bundle = 0; bundle < 6; bundle++) {
    const entries = Array.from({ length: bundle === 5 ? 10 : 256 }, (_, i) => ({
      ...denied(String(bundle * 256 + i)),
      at: born + bundle * day,
    }));
    if (bundle === 1) {
      const actor = { ...alice, principal: "bob", session: "ses_bob" };
      entries[44] = { ...denied("300"), at: born + day, actor, ranges: [range(0, 9, { topic: "payments" })] };
    }
    await Promise.all(entries.map((event) => log.record(event)));
    await log.checkpoint();
  }
  const retain = (more: Partial<RetentionParts["config"]["retain"]> = {}) => ({
    events: { ageMsMax: 400 * day, bytesMax: null },
    recordings: { ageMsMax: 30 * day, bytesMax: null, payloadsMs: null },
    ...more,
  });
  const run = async (parts: Partial<Pick<RetentionParts, "delivered">> & Partial<RetentionParts["config"]> = {}) => {
    const { delivered = async () => Number.POSITIVE_INFINITY, ...config } = parts;
    const retention = startRetention({
      audit: log,
      config: { directory, retain: retain(), recordings: null, ...config },
      root: directory,
      delivered,
      clock,
      log: silentLog,
    });
    await retention.run();
    await retention.close();
  };
  const bundles = async () => (await readdir(join(directory, "tile", "entries"))).filter((name) => !name.includes("."));
  return { folder, directory, clock, log, retain, run, bundles };
}

const older = (days: number) => ({ events: { ageMsMax: days * day, bytesMax: null } });

function hold(kind: LegalHold["kind"], name: string): LegalHold {
  return { id: `hold_${kind}`, kind, name, why: "a case", placedBy: "carol", placedAt: born };
}

async function last(directory: string): Promise<LoggedEvent | undefined> {
  let event: LoggedEvent | undefined;
  for await (const each of readEvents(directory)) event = each;
  return event;
}

describe("events by age", () => {
  it("go in whole bundles, and the log verifies, says so and can be read", async () => {
    const { directory, log, retain, run, bundles } = await setUp();

    await run({ retain: retain(older(8.5)) });

    expect(await bundles()).toEqual(["002", "003", "004"]);
    await log.checkpoint();
    expect(await verifyLog(directory)).toMatchObject({ ok: true, size: 1291, pruned: 512, problems: [] });
    const requests: (string | null)[] = [];
    for await (const { request } of readEvents(directory)) requests.push(request);
    expect([requests.length, requests[0]]).toEqual([1291 - 512, "512"]);
    expect((await proveEntry(directory, 600)).index).toBe(600);
    await expect(proveEntry(directory, 3)).rejects.toThrow(/retention removed/);
    const event = await last(directory);
    expect(event?.code).toBe("retention.pruned");
    expect(event?.envelope).toMatchObject({
      data: { unmapped: { details: { entries: 512, pruned: [{ from: 0, to: 512 }] } } },
    });
  });

  it("later ones are added to what was told before", async () => {
    const { directory, clock, log, retain, run, bundles } = await setUp();
    await run({ retain: retain(older(9.5)) });
    clock.advance(day);

    await run({ retain: retain(older(9.5)) });

    expect(await bundles()).toEqual(["002", "003", "004"]);
    await log.checkpoint();
    expect(await verifyLog(directory)).toMatchObject({ ok: true, pruned: 512 });
  });

  it("leave the look-ups too", async () => {
    const { directory, log, retain, run } = await setUp();
    (await openEventIndex(directory)).close();
    await run({ retain: retain(older(8.5)) });
    await log.checkpoint();

    const index = await openEventIndex(directory);

    expect(index.all("SELECT min(idx) AS first, count(*) AS n FROM events")).toEqual([{ first: 512n, n: 779n }]);
    expect(index.all("SELECT envelope(3) AS gone")).toEqual([{ gone: null }]);
    index.close();
  });

  it("stay while a sink has not got them", async () => {
    const { retain, run, bundles } = await setUp();

    await run({ retain: retain(older(1)), delivered: async () => 300 });

    expect(await bundles()).toEqual(["001", "002", "003", "004"]);
  });

  it.each([hold("principal", "bob"), hold("session", "ses_bob"), hold("topic", "payments")])(
    "stay where a legal hold on a $kind touches them",
    async (each) => {
      const { directory, log, retain, run, bundles } = await setUp();
      await writeHolds(realDisk, directory, [each]);

      await run({ retain: retain(older(7)) });

      expect(await bundles()).toEqual(["001", "003", "004"]);
      await log.checkpoint();
      expect(await verifyLog(directory)).toMatchObject({ ok: true, pruned: 512 });
    },
  );

  it("all stay, loudly, while the holds cannot be read", async () => {
    const { directory, retain, run, bundles } = await setUp();
    await writeFile(join(directory, "holds.json"), "{");

    await run({ retain: retain(older(1)) });

    expect(await bundles()).toHaveLength(5);
    expect((await last(directory))?.code).toBe("retention.failed");
  });

  it("are not removed unless the log says so first", async () => {
    const { log, retain, run, bundles } = await setUp();
    await log.close();

    await run({ retain: retain(older(1)) });

    expect(await bundles()).toHaveLength(5);
  });
});

describe("erasing on request", () => {
  it.each([
    [hold("principal", "bob"), "ses_bob", "bob"],
    [hold("topic", "payments"), "ses_bob", null],
    [hold("session", "ses_x"), "ses_x", "x"],
  ])("is refused while a hold on a $kind stands", async (each, session, principal) => {
    const { directory } = await setUp();
    await writeHolds(realDisk, directory, [each]);

    await expect(refuseIfHeld(realDisk, directory, { session, principal })).rejects.toThrow(/legal hold/);
    await expect(refuseIfHeld(realDisk, directory, { session: "ses_y", principal: "y" })).resolves.toBeUndefined();
  });
});

describe("events by size", () => {
  it("the oldest go until the rest fits; the newest always stay", async () => {
    const { directory } = await setUp();
    const due = async (bytesMax: number) => {
      const bounds = { now: born, before: Number.POSITIVE_INFINITY };
      return (await dueBundles(realDisk, directory, { ageMsMax: 400 * day, bytesMax }, [], bounds)).map(
        ({ bundle }) => bundle,
      );
    };
    const [first] = await dueBundles(realDisk, directory, { ageMsMax: 400 * day, bytesMax: 1 }, [], {
      now: born,
      before: Number.POSITIVE_INFINITY,
    });
    const bytes = first?.bytes ?? 0;

    expect([await due(bytes * 6), await due(bytes * 4), await due(1)]).toEqual([[], [0, 1], [0, 1, 2]]);
  });
});

describe("a bundle that somebody removed", () => {
  it("is not excused by the file that readers go by", async () => {
    const { directory } = await setUp();
    await rm(join(directory, "tile", "entries", "000"));
    await writeFile(join(directory, "pruned.json"), JSON.stringify([{ from: 0, to: 256 }]));

    expect((await verifyLog(directory)).problems[0]).toMatchObject({ file: "tile/entries/000", entry: 0 });
  });
});

describe("recordings", () => {
  const stored = (session: string, days: number, more: Partial<StoredRecording> = {}): StoredRecording => ({
    session,
    folder: "",
    bytes: 100,
    lastAt: born - days * day,
    readable: true,
    ...more,
  });
  const names = ({ remove, shred }: ReturnType<typeof dueRecordings>) =>
    [remove, shred].map((list) => list.map(({ session }) => session));
  const all = [stored("a", 40), stored("b", 20), stored("c", 10, { readable: false }), stored("d", 9), stored("e", 0)];
  const none = () => false;

  it.each([
    ["age", { ageMsMax: 30 * day, bytesMax: null, payloadsMs: null }, none, [["a"], []]],
    [
      "age, and what they say before that",
      { ageMsMax: 30 * day, bytesMax: null, payloadsMs: 8 * day },
      none,
      [["a"], ["b", "d"]],
    ],
    [
      "size, but never what may still run",
      { ageMsMax: 99 * day, bytesMax: 0, payloadsMs: null },
      none,
      [["a", "b", "c", "d"], []],
    ],
    ["size, as much as is needed", { ageMsMax: 99 * day, bytesMax: 300, payloadsMs: null }, none, [["a", "b"], []]],
    [
      "age, without what is held",
      { ageMsMax: 1, bytesMax: 0, payloadsMs: 1 },
      (id: string) => id === "a",
      [["b", "c", "d"], []],
    ],
  ] as const)("go by %s", (_, limits, held, expected) => {
    expect(names(dueRecordings(all, limits, held, born))).toEqual(expected);
  });

  it("go key first, by name, and stay where a hold on who it was reaches them", async () => {
    const { folder, directory, clock, retain, run } = await setUp();
    const recordings = { directory: join(folder, "sessions") };
    const today = join(recordings.directory, "2026-09-21");
    await mkdir(today, { recursive: true });
    for (const [session, principal, days] of [
      ["ses_old", "x", 31],
      ["ses_mid", "y", 8],
      ["ses_bob", "bob", 31],
    ] as const) {
      await writeFile(join(today, `${session}.lkrec`), JSON.stringify({ principal }));
      await writeFile(join(today, `${session}.key`), "{}");
      const at = new Date(clock.now() - days * day);
      await utimes(join(today, `${session}.lkrec`), at, at);
    }
    await writeHolds(realDisk, directory, [hold("topic", "payments"), hold("principal", "bob")]);

    await run({
      recordings,
      retain: retain({ recordings: { ageMsMax: 30 * day, bytesMax: null, payloadsMs: 7 * day } }),
    });

    expect((await readdir(today)).toSorted()).toEqual(["ses_bob.key", "ses_bob.lkrec", "ses_mid.lkrec"]);
    expect((await last(directory))?.envelope).toMatchObject({
      data: {
        unmapped: {
          details: {
            entries: 0,
            recordings_removed: { count: 1, sessions: ["ses_old"] },
            recordings_shredded: { count: 1, sessions: ["ses_mid"] },
          },
        },
      },
    });
  });
});
