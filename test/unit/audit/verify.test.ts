// Checking a log from its files: what is damaged is named; what was kept elsewhere must fit; one entry can be proved alone.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/audit/checkpoint.ts";
import { leafHash, rootFromPath } from "../../../src/audit/merkle.ts";
import { parseVerifierKey } from "../../../src/audit/note.ts";
import { openAuditLog } from "../../../src/audit/open.ts";
import { proveEntry } from "../../../src/audit/prove.ts";
import { type EventFilter, readEvents } from "../../../src/audit/query.ts";
import { verifyLog } from "../../../src/audit/verify.ts";
import { silentLog } from "../../../src/base/log.ts";
import { alice, copyOf, denied, range, testClock } from "./fixtures.ts";

let folder = "";
let directory = "";
let key = "";
/** The checkpoint over the first 300 entries, kept by somebody else. */
let known = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lockkeeper-audit-"));
  directory = join(folder, "audit");
  const log = await openAuditLog({
    directory,
    keyFile: join(folder, "audit.key"),
    clock: testClock(),
    log: silentLog,
    source: { gateway: "gw", version: "0" },
  });
  key = log.verifierKey;
  await Promise.all(Array.from({ length: 300 }, (_, i) => log.record(denied(String(i)))));
  await log.checkpoint();
  known = await readFile(join(directory, "checkpoint"), "utf8");
  await log.record({
    code: "data.read",
    at: 1_790_000_001_000,
    actor: { ...alice, principal: "bob" },
    ranges: [range(5, 9)],
  });
  await Promise.all(Array.from({ length: 400 }, (_, i) => log.record(denied(String(300 + i)))));
  await log.close();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function change(copy: string, file: string, edit: (bytes: Buffer) => Buffer): Promise<void> {
  await writeFile(join(copy, file), edit(await readFile(join(copy, file))));
}

describe("a whole log", () => {
  it("verifies with the key that was handed out and an older checkpoint", async () => {
    expect(await verifyLog(directory, { verifierKey: key, known })).toMatchObject({
      ok: true,
      size: 701,
      pending: 0,
      origin: "lockkeeper/gw",
      problems: [],
    });
  });

  it("does not verify with another key", async () => {
    const other = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    expect(await verifyLog(directory, { verifierKey: other })).toMatchObject({ ok: false, size: 0 });
  });
});

describe("damage", () => {
  it.each<[string, string, (bytes: Buffer) => Buffer, string, number | null]>([
    [
      "a flipped letter in entry 256",
      "tile/entries/001",
      (b) => b.fill(b.readUInt8(40) ^ 1, 40, 41),
      "tile/0/001",
      256,
    ],
    [
      "a dropped last entry of a bundle",
      "tile/entries/000",
      (b) => b.subarray(0, b.length - 2 - b.readUInt16BE(0) - 2),
      "tile/entries/000",
      255,
    ],
    ["a leaf hash", "tile/0/000", (b) => b.fill(0, 32 * 7, 32 * 8), "tile/0/000", 7],
    ["an upper tile", "tile/1/000.p/2", (b) => b.fill(0, 32), "tile/1/000.p/2", 256],
    [
      "a time line given to another name",
      "checkpoint",
      (b) => Buffer.from(b.toString().replace(/gw (\S+\n)$/, "gx $1")),
      "checkpoint",
      null,
    ],
    ["a signed size", "checkpoint", (b) => Buffer.from(b.toString().replace("\n701\n", "\n700\n")), "checkpoint", null],
  ])("%s is found, and named", async (_, file, edit, where, entry) => {
    const copy = await copyOf(directory);
    await change(copy, file, edit);

    const report = await verifyLog(copy);

    expect(report.ok).toBe(false);
    expect(report.problems[0]).toMatchObject({ file: where, entry });
  });

  it("a missing bundle is named", async () => {
    const copy = await copyOf(directory);
    await rm(join(copy, "tile/entries/001"));

    expect((await verifyLog(copy)).problems[0]).toMatchObject({ file: "tile/entries/001", entry: 256 });
  });

  it("an older state of everything passes by itself, but not for who kept a checkpoint", async () => {
    const copy = await copyOf(directory);
    const later = await readFile(join(copy, "checkpoint"), "utf8");
    await writeFile(join(copy, "checkpoint"), known);
    await rm(join(copy, "journal"), { recursive: true });

    expect(await verifyLog(copy)).toMatchObject({ ok: true, size: 300 });
    expect((await verifyLog(copy, { known: later })).problems[0]?.message).toContain("was cut");
  });

  it("no log at all is a report, not an exception", async () => {
    expect(await verifyLog(join(folder, "nowhere"))).toMatchObject({ ok: false, size: 0 });
  });
});

describe("a proof", () => {
  it.each([0, 255, 256, 300, 700])("of entry %i leads to the signed root", async (index) => {
    const proof = await proveEntry(directory, index);
    const { root, size } = openCheckpoint(proof.checkpoint, parseVerifierKey(key));

    expect(rootFromPath(leafHash(proof.entry), index, size, proof.path)).toEqual(root);
    expect(proof.text).toContain(`c2sp.org/tlog-proof@v1\nindex ${index}\n`);
    expect(proof.text.endsWith(`\n\n${proof.checkpoint}`)).toBe(true);
  });

  it("of an entry that is not there is refused", async () => {
    await expect(proveEntry(directory, 701)).rejects.toMatchObject({ code: "audit-corrupt" });
  });
});

describe("look-ups", () => {
  it.each<[string, EventFilter, number]>([
    ["everything", {}, 701],
    ["a code", { codes: ["data.read"] }, 1],
    ["a family of codes", { codes: ["operation.*"] }, 700],
    ["a principal", { principal: "bob" }, 1],
    ["an operation's family", { operation: "topic.*" }, 700],
    ["a topic, through ranges too", { resource: "orders" }, 701],
    ["a time", { since: 1_790_000_000_500 }, 1],
    ["what does not fit together", { principal: "bob", codes: ["operation.denied"] }, 0],
  ])("by %s", async (_, filter, count) => {
    let found = 0;
    for await (const event of readEvents(directory, filter)) {
      expect(event.integrated).toBe(true);
      found++;
    }
    expect(found).toBe(count);
  });

  it("begin where they are told", async () => {
    const first = await readEvents(directory, {}, { from: 300 }).next();

    expect(first.value).toMatchObject({ index: 300, code: "data.read", principal: "bob" });
  });
});
