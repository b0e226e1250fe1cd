// Somebody changes the files of a finished log: any change of what the tree is made of is found, with a place.
import { appendFile, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { realDisk } from "../../src/audit/disk.ts";
import { journalFiles } from "../../src/audit/journal.ts";
import { leafHash } from "../../src/audit/merkle.ts";
import { decodeBundle, encodeBundle } from "../../src/audit/tiles.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { copyOf, denied, openTestLog, temporaryFolder } from "../unit/audit/fixtures.ts";

const size = 600;

async function finishedLog(): Promise<{ directory: string; verifierKey: string; files: string[]; journal: string }> {
  const folder = await temporaryFolder();
  const log = await openTestLog(folder);
  await Promise.all(Array.from({ length: size }, (_, i) => log.record(denied(String(i)))));
  await log.close();
  const directory = join(folder, "audit");
  const tiles = ["0/000", "0/001", "0/002.p/88", "1/000.p/2", "entries/000", "entries/001", "entries/002.p/88"];
  const journal = (await journalFiles(realDisk, join(directory, "journal"))).at(-1)?.path ?? "";
  const files = ["checkpoint", ...tiles.map((tile) => `tile/${tile}`)];
  return { directory, verifierKey: log.verifierKey, files, journal: journal.slice(directory.length + 1) };
}

describe("a log that somebody changed", () => {
  it("does not verify after a flip, a cut, an addition or a removal anywhere", async () => {
    const { directory, verifierKey, files, journal } = await finishedLog();
    expect(await verifyLog(directory, { verifierKey })).toMatchObject({ ok: true, size });

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files, journal),
        fc.constantFrom("flip", "cut", "add", "remove"),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (file, how, pick, mask) => {
          // A journal without its end, or gone, is no damage when the tree has it all.
          fc.pre(file !== journal || how === "flip");
          const copy = await copyOf(directory);
          const path = join(copy, file);
          const bytes = await readFile(path);
          const at = pick % bytes.length;
          if (how === "flip") await writeFile(path, bytes.fill(bytes.readUInt8(at) ^ mask, at, at + 1));
          else if (how === "cut") await truncate(path, at);
          else if (how === "add") await appendFile(path, Buffer.alloc(32, mask));
          else await rm(path);

          const report = await verifyLog(copy, { verifierKey });

          expect(report.ok).toBe(false);
          expect(report.problems[0]?.file).toBeDefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("names the first entry that was dropped, inserted, changed, cut or moved", async () => {
    const { directory, verifierKey } = await finishedLog();
    const tampers: Record<string, (entries: Buffer[], at: number, other: number) => Buffer | Buffer[]> = {
      drop: (entries, at) => entries.toSpliced(at, 1),
      insert: (entries, at) => entries.toSpliced(at, 0, Buffer.from('{"forged":true}')),
      change: (entries, at) => entries.with(at, Buffer.from('{"forged":true}')),
      repeat: (entries, at) => entries.toSpliced(at, 0, entries[at - 1] ?? Buffer.from("{}")),
      reorder: (entries, at, other) =>
        entries.with(at, entries[other] ?? Buffer.alloc(1)).with(other, entries[at] ?? Buffer.alloc(1)),
      cut: (entries, at) => encodeBundle(entries).subarray(0, encodeBundle(entries.slice(0, at)).length + 7),
      "change a length": (entries, at) => {
        const bytes = encodeBundle(entries);
        const place = encodeBundle(entries.slice(0, at)).length;
        bytes.writeUInt16BE(bytes.readUInt16BE(place) ^ 0x0101, place);
        return bytes;
      },
    };

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(tampers)),
        fc.constantFrom("000", "001", "002.p/88"),
        fc.nat(),
        fc.nat(),
        async (how, bundle, one, another) => {
          const copy = await copyOf(directory);
          const path = join(copy, "tile/entries", bundle);
          const entries = decodeBundle(await readFile(path)) ?? [];
          const [a, b] = [one % entries.length, another % entries.length];
          fc.pre(how !== "reorder" || a !== b);
          const at = how === "reorder" ? Math.min(a, b) : a;
          const tampered = tampers[how]?.(entries, at, Math.max(a, b)) ?? [];
          await writeFile(path, Array.isArray(tampered) ? encodeBundle(tampered) : tampered);

          const [first] = (await verifyLog(copy, { verifierKey })).problems;

          const base = Number(bundle.slice(0, 3)) * 256;
          expect([how, first?.entry]).toEqual([how, base + at]);
        },
      ),
      { numRuns: 80 },
    );
  });

  it("does not verify after entries were swapped or replaced together with their hashes", async () => {
    const { directory, verifierKey } = await finishedLog();

    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        async (a, b, swap) => {
          fc.pre(a !== b);
          const copy = await copyOf(directory);
          const path = join(copy, "tile/entries/001");
          const entries = decodeBundle(await readFile(path)) ?? [];
          const [one = Buffer.alloc(0), other = Buffer.alloc(0)] = [entries[a], entries[b]];
          entries[a] = other;
          if (swap) entries[b] = one;
          await writeFile(path, encodeBundle(entries));
          await writeFile(join(copy, "tile/0/001"), Buffer.concat(entries.map(leafHash)));

          const report = await verifyLog(copy, { verifierKey });

          expect(report.problems[0]).toMatchObject({ file: "tile/1/000.p/2", entry: 256 });
        },
      ),
      { numRuns: 15 },
    );
  });
});
