// Signed notes, against the examples of the specification and against ourselves.
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openCheckpoint, signCheckpoint } from "../../../src/audit/checkpoint.ts";
import { emptyRoot } from "../../../src/audit/merkle.ts";
import { noteSigner, openNote, parseVerifierKey, signNote, verifierKey } from "../../../src/audit/note.ts";

const specKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const specNote =
  "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

function signer(name = "lockkeeper/gw") {
  return noteSigner(name, generateKeyPairSync("ed25519").privateKey);
}

describe("signed notes", () => {
  it("accepts the specification's example with its key", () => {
    expect(openNote(specNote, parseVerifierKey(specKey)).text).toBe("This is an example message.\n");
  });

  it("refuses the example with one letter changed", () => {
    expect(() => openNote(specNote.replace("an example", "an Example"), parseVerifierKey(specKey))).toThrow("is wrong");
  });

  it("refuses a verifier key whose id does not fit", () => {
    expect(() => parseVerifierKey(specKey.replace("530d903a", "530d903b"))).toThrow("id does not fit");
  });

  it("says when it was signed, to the second", () => {
    const mine = signer();

    const opened = openNote(signNote("text\n", mine, 1_790_000_000_999), parseVerifierKey(verifierKey(mine)));

    expect(opened).toEqual({ text: "text\n", atMs: 1_790_000_000_000 });
  });

  it("refuses a changed time", () => {
    const mine = signer();
    const [plain = "", timed = ""] = signNote("text\n", mine, 1_790_000_000_000).split("\n").slice(2);
    const bytes = Buffer.from(timed.split(" ")[2] ?? "", "base64");
    bytes.writeUInt8(bytes.readUInt8(11) ^ 1, 11);
    const forged = `text\n\n${plain}\n— ${mine.name} ${bytes.toString("base64")}\n`;

    expect(() => openNote(forged, mine)).toThrow("is wrong");
  });

  it("ignores other keys' lines but needs its own", () => {
    const [mine, witness] = [signer(), signer("witness.example/w1")];
    const both = signNote("text\n", mine, 0) + (signNote("text\n", witness, 0).split("\n\n")[1] ?? "");

    expect(openNote(both, mine).text).toBe("text\n");
    expect(openNote(both, witness).text).toBe("text\n");
    expect(() => openNote(both, signer())).toThrow("not signed by this key");
  });

  it.each(["", "two words", "a+b"])("refuses the origin %j", (name) => {
    expect(() => signer(name)).toThrow("origin");
  });
});

describe("checkpoints", () => {
  it("come back as they were signed", () => {
    const mine = signer();

    const checkpoint = openCheckpoint(signCheckpoint(0, emptyRoot, mine, 5_000), mine);

    expect(checkpoint).toEqual({ origin: "lockkeeper/gw", size: 0, root: emptyRoot, atMs: 5_000 });
  });

  it.each([
    ["another log's", `other\n1\n${emptyRoot.toString("base64")}\n`],
    ["a size with a leading zero", `lockkeeper/gw\n01\n${emptyRoot.toString("base64")}\n`],
    ["a short root", "lockkeeper/gw\n1\nAAAA\n"],
    ["no lines", "lockkeeper/gw\n"],
  ])("are refused with %s", (_, text) => {
    const mine = signer();

    expect(() => openCheckpoint(signNote(text, mine, 0), mine)).toThrow("checkpoint");
  });
});
