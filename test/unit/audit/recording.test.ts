// Recordings: what went in comes out, for who has the key; a crash, a change, a lost key and a full disk are said.

import { randomBytes } from "node:crypto";
import { readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { realDisk } from "../../../src/audit/disk.ts";
import { loadEncryptionKey } from "../../../src/audit/keys.ts";
import { type ChunkCommitment, createRecordings, type RecordingOptions } from "../../../src/audit/recording.ts";
import { listSessions, type ReplayItem, readSession } from "../../../src/audit/replay.ts";
import { silentLog } from "../../../src/base/log.ts";
import { Sensitive } from "../../../src/base/sensitive.ts";
import type { FrameToKeep } from "../../../src/model/recording.ts";
import type { Session } from "../../../src/model/session.ts";
import { failingDisk, type TestClock, temporaryFolder, testClock } from "./fixtures.ts";

function session(): Session {
  return {
    id: "ses_1",
    protocol: "kafka",
    cluster: "main",
    listener: "gw:9092",
    node: null,
    client: "127.0.0.1:4000",
    startedAt: 1_790_000_000_000,
    tls: false,
    identity: null,
    software: null,
    clientId: null,
  };
}

function frame(correlation: number, text = "x", more: Partial<FrameToKeep> = {}): FrameToKeep {
  return {
    at: 1_790_000_000_000 + correlation,
    direction: "request",
    api: "Fetch",
    version: 17,
    correlation,
    bytes: 100,
    level: "metadata",
    kept: { pieces: [Buffer.from(text)], cuts: [], notes: null },
    ...more,
  };
}

/** The same, as it comes out. */
function came(correlation: number, text = "x") {
  const { kept: _kept, ...facts } = frame(correlation);
  return { ...facts, payloadDropped: false, frame: Buffer.from(text), cuts: [], notes: {} };
}

async function setUp(more: Partial<RecordingOptions> = {}) {
  const directory = await temporaryFolder();
  const clock = testClock();
  const wrappingKey = new Sensitive(randomBytes(32));
  const chunks: ChunkCommitment[] = [];
  const onChunk = (chunk: ChunkCommitment) => chunks.push(chunk);
  const recordings = createRecordings({ directory, wrappingKey, clock, log: silentLog, onChunk, ...more });
  const about = session();
  const recording = recordings.open(about);
  if (!recording) throw new Error("no recording");
  return { directory, clock, keys: [wrappingKey], chunks, about, recording };
}

async function replay(directory: string, keys: readonly Sensitive<Buffer>[]): Promise<ReplayItem[]> {
  const items: ReplayItem[] = [];
  for await (const item of readSession(directory, "ses_1", { keys })) items.push(item);
  return items;
}

/** Waits for chunks by asking the file system, which the recording does not tell us about. */
async function second(clock: TestClock, chunks: readonly ChunkCommitment[]): Promise<void> {
  const before = chunks.length;
  clock.advance(1_000);
  while (chunks.length === before) await new Promise((resolve) => setImmediate(resolve));
}

async function pathOf(directory: string): Promise<string> {
  return (await listSessions(directory))[0]?.path ?? "";
}

describe("a recording", () => {
  it("comes back whole, with who it was", async () => {
    const { directory, keys, chunks, about, recording } = await setUp();
    recording.frame(frame(1));
    about.identity = {
      principal: "alice",
      groups: ["g"],
      mechanism: "plain",
      issuer: null,
      claims: {},
      expiresAt: null,
    };
    about.clientId = "console";
    recording.frame(frame(2));
    await recording.end();

    expect(await replay(directory, keys)).toEqual([
      { kind: "frame", frame: came(1) },
      { kind: "frame", frame: came(2) },
      { kind: "end", frames: 2, at: frame(2).at },
    ]);
    expect(await listSessions(directory)).toMatchObject([
      { id: "ses_1", principal: "alice", groups: ["g"], clientId: "console", frames: 2, ended: true, erased: false },
    ]);
    expect(chunks.map(({ index, last }) => [index, last])).toEqual([
      [0, false],
      [1, true],
    ]);
  });

  it("is not readable without the key, and its file tells no payload", async () => {
    const { directory, recording } = await setUp();
    recording.frame(frame(1, "top secret"));
    await recording.end();

    await expect(replay(directory, [new Sensitive(randomBytes(32))])).rejects.toMatchObject({ code: "audit-corrupt" });
    expect((await readFile(await pathOf(directory))).includes("secret")).toBe(false);
    expect((await stat(await pathOf(directory))).mode & 0o777).toBe(0o600);
  });

  it("is gone for good with its own key, but still listed", async () => {
    const { directory, keys, recording } = await setUp();
    recording.frame(frame(1));
    await recording.end();
    await rm(join(dirname(await pathOf(directory)), "ses_1.key"));

    await expect(replay(directory, keys)).rejects.toThrow("was erased");
    expect(await listSessions(directory)).toMatchObject([{ id: "ses_1", erased: true, frames: 1 }]);
  });

  it("can be read while it runs, to the end", async () => {
    const { directory, clock, keys, chunks, recording } = await setUp();
    recording.frame(frame(1));
    await second(clock, chunks);
    expect((await replay(directory, keys)).map((item) => item.kind)).toEqual(["frame", "cut"]);

    const following = readSession(directory, "ses_1", {
      keys,
      follow: { clock, signal: new AbortController().signal },
    });
    expect((await following.next()).value).toMatchObject({ kind: "frame" });
    const next = following.next();
    recording.frame(frame(2));
    await recording.end();
    const ticking = setInterval(() => clock.advance(500), 1);

    expect((await next).value).toMatchObject({ frame: { correlation: 2 } });
    expect((await following.next()).value).toMatchObject({ kind: "end", frames: 2 });
    await following.return(undefined);
    clearInterval(ticking);
  });

  it("is written at 64 KiB without waiting for the second", async () => {
    const { directory, chunks, recording } = await setUp();
    for (let i = 0; i < 80; i++) recording.frame(frame(i, randomBytes(500).toString("hex")));
    await recording.end();

    expect(chunks.length).toBeGreaterThan(2);
    expect(await listSessions(directory)).toMatchObject([{ frames: 80 }]);
  });

  it("says what it could not keep in memory", async () => {
    const { directory, keys, recording } = await setUp();
    for (let i = 0; i < 30; i++) recording.frame(frame(i, "x".repeat(100_000)));
    await recording.end();
    const items = await replay(directory, keys);

    const kept = items.filter((item) => item.kind === "frame").length;
    const lost = items.reduce((sum, item) => sum + (item.kind === "gap" ? item.frames : 0), 0);
    expect(kept).toBeGreaterThan(5);
    expect(lost).toBeGreaterThan(0);
    expect(kept + lost).toBe(30);
  });

  it("goes on after a full disk and says what was lost", async () => {
    const disk = failingDisk();
    const { directory, clock, keys, chunks, recording } = await setUp({ disk });
    recording.frame(frame(1));
    await second(clock, chunks);
    disk.failWrites = "ENOSPC";
    recording.frame(frame(2));
    const writes = disk.writes;
    clock.advance(1_000);
    while (disk.writes === writes) await new Promise((resolve) => setImmediate(resolve));
    disk.failWrites = null;
    recording.frame(frame(3));
    await recording.end();

    const items = await replay(directory, keys);
    expect(items.filter((item) => item.kind === "frame").map((item) => item.frame.correlation)).toEqual([1, 3]);
    expect(items.at(-1)?.kind).toBe("end");
    expect((await listSessions(directory))[0]?.lostFrames).toBe(1);
  });

  it("cut at any byte gives the chunks before the cut; changed at any byte it is found", async () => {
    const { directory, clock, keys, chunks, recording } = await setUp();
    for (let i = 1; i <= 3; i++) {
      recording.frame(frame(i));
      await second(clock, chunks);
    }
    await recording.end();
    const path = await pathOf(directory);
    const bytes = await readFile(path);
    const head = bytes.indexOf(10) + 1;

    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: head, max: bytes.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          await writeFile(path, bytes);
          await truncate(path, at);
          const cut = await replay(directory, keys);
          expect(cut.at(-1)?.kind).toBe("cut");
          expect(cut.slice(0, -1)).toEqual(
            [1, 2, 3].slice(0, cut.length - 1).map((i) => ({ kind: "frame", frame: came(i) })),
          );

          const changed = Buffer.from(bytes);
          changed.writeUInt8(bytes.readUInt8(at) ^ mask, at);
          await writeFile(path, changed);
          const outcome = await replay(directory, keys).catch((error: unknown) => error);
          expect(outcome).not.toEqual(
            [1, 2, 3, 4].map((i) =>
              i < 4 ? { kind: "frame", frame: came(i) } : { kind: "end", frames: 3, at: frame(3).at },
            ),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("the key-encryption key", () => {
  it("is made once, for its owner alone", async () => {
    const path = join(await temporaryFolder(), "keys", "recordings.key");

    const [one, two] = [await loadEncryptionKey(realDisk, path), await loadEncryptionKey(realDisk, path)];

    expect(one.reveal()).toEqual(two.reveal());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("that is no key is refused without being quoted", async () => {
    const path = join(await temporaryFolder(), "key");
    await writeFile(path, "hunter2");

    await expect(loadEncryptionKey(realDisk, path)).rejects.toThrow(/^(?!.*hunter2).*256-bit/);
  });
});
