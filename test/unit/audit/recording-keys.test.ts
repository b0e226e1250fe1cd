// Who may read what of a recording: the gateway's key opens what clients saw, the private half of another what was there before masking; keys can
// be changed and destroyed.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realDisk } from "../../../src/audit/disk.ts";
import { loadRawPrivateKey, loadRawPublicKey } from "../../../src/audit/keys.ts";
import { createRecordings } from "../../../src/audit/recording.ts";
import { rewrapSessionKey } from "../../../src/audit/recording-keys.ts";
import { recordingPath } from "../../../src/audit/recording-reader.ts";
import { type ReadSessionOptions, type ReplayItem, readSession } from "../../../src/audit/replay.ts";
import { silentLog } from "../../../src/base/log.ts";
import { Sensitive } from "../../../src/base/sensitive.ts";
import type { FrameToKeep } from "../../../src/model/recording.ts";
import { sessionInTest } from "../../support/scenario.ts";
import { temporaryFolder, testClock } from "./fixtures.ts";

function frame(direction: FrameToKeep["direction"], text: string): FrameToKeep {
  const kept = { pieces: [Buffer.from(text)], cuts: [], notes: null };
  return { at: 1, direction, api: "Fetch", version: 1, correlation: 1, bytes: 1, level: "raw", kept };
}

async function recorded() {
  const directory = await temporaryFolder();
  const wrappingKey = new Sensitive(randomBytes(32));
  const auditor = generateKeyPairSync("x25519");
  const rawKey = auditor.publicKey;
  const recordings = createRecordings({ directory, wrappingKey, rawKey, clock: testClock(), log: silentLog });
  const recording = recordings.open(sessionInTest());
  recording?.frame(frame("response", "masked"));
  recording?.frame(frame("raw", "4539-1234"));
  await recording?.end();
  return { directory, wrappingKey, privateKey: auditor.privateKey };
}

async function read(directory: string, options: ReadSessionOptions): Promise<ReplayItem[]> {
  return await Array.fromAsync(readSession(directory, "ses_test", options));
}

const texts = (items: readonly ReplayItem[]) =>
  items.flatMap((item) => (item.kind === "frame" ? [item.frame.frame.toString()] : []));

describe("what was there before masking", () => {
  it("is sealed for the gateway's own key, and opens for the private half", async () => {
    const { directory, wrappingKey, privateKey } = await recorded();

    const own = await read(directory, { keys: [wrappingKey] });
    expect(texts(own)).toEqual(["masked"]);
    expect(own.map(({ kind }) => kind)).toContain("sealed");
    expect(texts(await read(directory, { keys: [wrappingKey], rawKey: privateKey }))).toEqual(["masked", "4539-1234"]);
  });

  it("stays shut for another private key", async () => {
    const { directory, wrappingKey } = await recorded();
    const rawKey = generateKeyPairSync("x25519").privateKey;

    await expect(read(directory, { keys: [wrappingKey], rawKey })).rejects.toThrow("need the private key");
  });

  it("is never configured with a private key, nor with a key of another kind", async () => {
    const folder = await temporaryFolder();
    const file = async (name: string, pem: string | Buffer) => {
      await writeFile(join(folder, name), pem);
      return join(folder, name);
    };
    const x25519 = generateKeyPairSync("x25519");
    const ed25519 = generateKeyPairSync("ed25519");
    const secret = await file("secret", x25519.privateKey.export({ type: "pkcs8", format: "pem" }));
    const publicFile = await file("public", x25519.publicKey.export({ type: "spki", format: "pem" }));
    const other = await file("other", ed25519.publicKey.export({ type: "spki", format: "pem" }));

    await expect(loadRawPublicKey(realDisk, secret)).rejects.toThrow("keep it away from the gateway");
    await expect(loadRawPublicKey(realDisk, other)).rejects.toThrow("not an X25519 public key");
    await expect(loadRawPublicKey(realDisk, publicFile)).resolves.toMatchObject({ type: "public" });
    await expect(loadRawPrivateKey(realDisk, secret)).resolves.toMatchObject({ type: "private" });
  });
});

describe("a new key-encryption key", () => {
  it("wraps the session's key anew: the recording opens with it, and not with the old one any more", async () => {
    const { directory, wrappingKey, privateKey } = await recorded();
    const next = new Sensitive(randomBytes(32));
    const path = await recordingPath(realDisk, directory, "ses_test");

    await expect(read(directory, { keys: [next] })).rejects.toThrow("needs the key");
    expect(await rewrapSessionKey(path, [wrappingKey], next)).toBe(true);
    expect(await rewrapSessionKey(path, [wrappingKey], next)).toBe(false);
    expect(texts(await read(directory, { keys: [next], rawKey: privateKey }))).toEqual(["masked", "4539-1234"]);
    await expect(read(directory, { keys: [wrappingKey] })).rejects.toThrow("needs the key");
  });
});
