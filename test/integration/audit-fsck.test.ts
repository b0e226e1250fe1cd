// tessera's own fsck, a checker that this project did not write, over logs of ours: whole ones, rotated ones, pruned and changed ones.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { rotateKey } from "../../src/audit/rotate.ts";
import { silentLog } from "../../src/base/log.ts";
import { ensureFsck, type Fsck } from "../support/fsck.ts";
import { denied, gateway, openTestLog, temporaryFolder, testClock } from "../unit/audit/fixtures.ts";

let fsck: ((folder: string) => Promise<Fsck>) | null = null;

beforeAll(async () => {
  fsck = await ensureFsck();
});

async function logOf(events: number) {
  const folder = await temporaryFolder();
  const directory = join(folder, "audit");
  const more = async (count: number) => {
    const log = await openTestLog(folder);
    for (let i = 0; i < count; i += 500) {
      await Promise.all(Array.from({ length: Math.min(500, count - i) }, (_, j) => log.record(denied(`${i + j}`))));
      await log.checkpoint();
    }
    await log.close();
  };
  await more(events);
  const keyFile = join(folder, "audit.key");
  const rotate = () =>
    rotateKey({ directory, keyFile, clock: testClock(), log: silentLog, source: { gateway, version: "0.0.0" } });
  return { directory, more, rotate };
}

async function checked(directory: string): Promise<Fsck> {
  if (fsck === null) throw new Error("fsck is not there");
  return fsck(directory);
}

describe("fsck of tessera", () => {
  it.each([1, 255, 256, 257, 1_000])("accepts a log of %i events", async (events) => {
    const { directory } = await logOf(events);

    expect(await checked(directory)).toMatchObject({ accepted: true });
  });

  it("accepts a log over two restarts and a rotated key", async () => {
    const { directory, more, rotate } = await logOf(300);
    await rotate();
    await more(300);

    expect(await checked(directory)).toMatchObject({ accepted: true });
  });

  it("refuses a log of which a byte was changed", async () => {
    const { directory } = await logOf(300);
    await writeFile(join(directory, "tile", "0", "000"), Buffer.alloc(256 * 32));

    expect(await checked(directory)).toMatchObject({ accepted: false });
  });

  it("cannot check what retention removed: it wants every entry, where our own verifier believes the signed event", async () => {
    const { directory } = await logOf(600);
    await rm(join(directory, "tile", "entries", "000"));

    expect(await checked(directory)).toMatchObject({ accepted: false, said: expect.stringContaining("fsck failed") });
  });
});
