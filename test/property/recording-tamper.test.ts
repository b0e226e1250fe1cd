// Somebody changes the files of a recording: whatever was flipped, dropped, put elsewhere, cut off or put in, it is found, and the first bad
// chunk is named.
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blockBytes } from "../../src/audit/chunks.ts";
import { realDisk } from "../../src/audit/disk.ts";
import { type ChunkCommitment, createRecordings } from "../../src/audit/recording.ts";
import { destroySessionKey } from "../../src/audit/recording-keys.ts";
import { recordingPath } from "../../src/audit/recording-reader.ts";
import { type Committed, verifyRecording } from "../../src/audit/recording-verify.ts";
import { silentLog } from "../../src/base/log.ts";
import { Sensitive } from "../../src/base/sensitive.ts";
import { sessionInTest } from "../support/scenario.ts";
import { temporaryFolder, testClock } from "../unit/audit/fixtures.ts";

const chunks = 6;

interface Made {
  readonly path: string;
  readonly bytes: Buffer;
  /** Where the head ends, and each block. */
  readonly ends: readonly number[];
  readonly committed: Committed;
  readonly keys: readonly Sensitive<Buffer>[];
}

async function make(directory: string): Promise<Made> {
  const wrappingKey = new Sensitive(randomBytes(32));
  const clock = testClock();
  const written: ChunkCommitment[] = [];
  const recordings = createRecordings({
    directory,
    wrappingKey,
    clock,
    log: silentLog,
    onChunk: (chunk) => written.push(chunk),
  });
  const recording = recordings.open(sessionInTest());
  for (let index = 0; index < chunks - 1; index++) {
    const kept = { pieces: [randomBytes(200)], cuts: [], notes: null };
    recording?.frame({
      at: index,
      direction: "request",
      api: "Fetch",
      version: 1,
      correlation: index,
      bytes: 1,
      level: "metadata",
      kept,
    });
    clock.advance(1_000);
    while (written.length <= index) await new Promise((resolve) => setImmediate(resolve));
  }
  await recording?.end();
  const path = await recordingPath(realDisk, directory, "ses_test");
  const bytes = await readFile(path);
  const ends = [bytes.indexOf(0x0a) + 1];
  while ((ends.at(-1) ?? 0) < bytes.length) {
    const at = ends.at(-1) ?? 0;
    ends.push(at + (blockBytes(bytes.subarray(at, at + 9)) ?? 0));
  }
  const last = written.at(-1)?.commitment ?? "";
  const committed = { marks: new Map([[chunks, last]]), total: chunks, cut: false, erased: false, removed: false };
  return { path, bytes, ends, committed, keys: [wrappingKey] };
}

let made: Made;
beforeEach(async () => {
  made = await make(await mkdtemp(join(tmpdir(), "lockkeeper-tamper-")));
});

afterEach(() => rm(dirname(dirname(made.path)), { recursive: true, force: true }));

const blockOf = (index: number) => made.bytes.subarray(made.ends[index], made.ends[index + 1]);
const blocks = () => Array.from({ length: chunks }, (_, index) => blockOf(index));
const head = () => made.bytes.subarray(0, made.ends[0]);

async function verified(bytes: Buffer, withKeys = true) {
  await writeFile(made.path, bytes);
  const keys = withKeys ? made.keys : [];
  return await verifyRecording("ses_test", made.path, made.committed, { keys });
}

describe("a recording that somebody changed", () => {
  it("is whole before", async () => {
    expect(made.ends).toHaveLength(chunks + 1);
    expect(await verified(made.bytes)).toMatchObject({ state: "whole", chunks });
    expect(await verified(made.bytes, false)).toMatchObject({ state: "whole", chunks });
  });

  it("names the chunk in which a bit was flipped, with the key and, to one chunk, without", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (pick, mask) => {
        const at = pick % made.bytes.length;
        const changed = Buffer.from(made.bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ mask, at);
        const chunk = Math.max(0, made.ends.findIndex((end) => at < end) - 1);

        expect(await verified(changed)).toMatchObject({ state: "damaged", chunk });
        const without = await verified(changed, false);
        expect(without.state).toBe("damaged");
        expect(Math.abs((without.chunk ?? -1) - chunk)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  it("names the first chunk that was dropped, moved, repeated or put in from elsewhere", async () => {
    const other = await make(await temporaryFolder());
    const foreign = other.bytes.subarray(other.ends[1], other.ends[2]);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("drop", "swap", "repeat", "insert", "garbage"),
        fc.nat({ max: chunks - 2 }),
        async (how, index) => {
          const list: Buffer[] = blocks();
          const [one, two] = [list[index] ?? head(), list[index + 1] ?? head()];
          if (how === "drop") list.splice(index, 1);
          else if (how === "swap") list.splice(index, 2, two, one);
          else if (how === "repeat") list.splice(index, 0, one);
          else list.splice(index, 0, how === "insert" ? foreign : randomBytes(100));
          const first = how === "repeat" ? index + 1 : index;

          const bytes = Buffer.concat([head(), ...list]);
          expect(await verified(bytes), how).toMatchObject({ state: "damaged", chunk: first });
          const without = await verified(bytes, false);
          expect(without.state).toBe("damaged");
          expect(Math.abs((without.chunk ?? -1) - first)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("names the first chunk that is missing at its end, and what was put behind it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (pick) => {
        const at = (made.ends[0] ?? 0) + (pick % (made.bytes.length - (made.ends[0] ?? 0)));
        const chunk = made.ends.findIndex((end) => at < end) - 1;
        expect(await verified(made.bytes.subarray(0, at))).toMatchObject({ state: "damaged", chunk });
      }),
      { numRuns: 60 },
    );
    const more = await verified(Buffer.concat([made.bytes, randomBytes(40)]));
    expect(more).toMatchObject({ state: "damaged", chunk: chunks });
  });

  it("is missed when it is gone, unless the log says that retention removed it", async () => {
    expect(await verifyRecording("ses_test", null, made.committed)).toMatchObject({ state: "damaged" });
    const removed = { ...made.committed, removed: true };
    expect(await verifyRecording("ses_test", null, removed)).toMatchObject({ state: "removed" });
  });

  it("is erased, and not damaged, once its key was destroyed; its hashes still prove it", async () => {
    await writeFile(made.path, made.bytes);
    expect(await destroySessionKey(made.path)).toMatch(/^[0-9a-f]{64}$/);
    const erased = { ...made.committed, erased: true };

    expect(await verifyRecording("ses_test", made.path, erased, { keys: made.keys })).toMatchObject({
      state: "erased",
    });
    const changed = Buffer.from(made.bytes);
    changed.writeUInt8(changed.readUInt8(changed.length - 60) ^ 1, changed.length - 60);
    await writeFile(made.path, changed);
    expect(await verifyRecording("ses_test", made.path, erased)).toMatchObject({ state: "damaged" });
  });
});
