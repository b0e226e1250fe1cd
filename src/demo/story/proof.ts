// The audit log proves that it is whole, and a session is told again from its recording.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockkeeper } from "../stage/gateway.ts";
import type { Stage } from "../stage/index.ts";
import type { Step } from "./step.ts";

export const proveLog: Step = {
  title: "The log is whole, and what happened can be seen again",
  intro:
    "Every event is a leaf of a Merkle tree with signed checkpoints (C2SP tlog-tiles). We copy the log, change one byte in the copy (the event that says " +
    "that Bob was refused) and verify both. Then Alice's session is replayed from its recording, which holds what she saw: masked.",
  async play(stage) {
    const { paper, configFile } = stage;
    const whole = await lockkeeper(["audit", "verify", "-c", configFile]);
    paper.show("lockkeeper audit verify", linesOf(whole.stdout + whole.stderr));
    paper.check(whole.code === 0, "every hash and signature is right", `exit code ${whole.code}`);
    await changedCopy(stage);
    await replayAlice(stage);
  },
};

async function changedCopy({ paper, folder }: Stage): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), "lockkeeper-demo-"));
  try {
    await cp(join(folder, "audit"), copy, { recursive: true });
    const changed = await changeOneByte(copy, "No rule allows bob ", "No rule allows Bob ");
    const result = await lockkeeper(["audit", "verify", "--log", copy]);
    paper.show("the same on the changed copy:", linesOf(result.stdout + result.stderr), "red");
    paper.check(
      result.code === 1,
      "the changed byte is found, and the event that it is in",
      `${changed} changed, exit code ${result.code}`,
    );
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** In every file that has these words: an entry can be in bundles, and in the journal until that is tidied up. @returns how many */
async function changeOneByte(folder: string, from: string, to: string): Promise<number> {
  let changed = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    const at = bytes.indexOf(from);
    if (at < 0) continue;
    bytes.write(to, at);
    await writeFile(file, bytes);
    changed++;
  }
  return changed;
}

async function replayAlice({ paper, configFile, log }: Stage): Promise<void> {
  const list = await lockkeeper(["sessions", "list", "-c", configFile, "--principal", "alice", "--json"]);
  const sessions = linesOf(list.stdout).length;
  // a client has a connection, and so a session, for each broker: the one to see is the one that got the records
  const [read] = await log.since(0, { codes: ["data.read"], principal: "alice" });
  const id = read?.session ?? "";
  const replay = await lockkeeper(["sessions", "replay", id, "-c", configFile]);
  const lines = linesOf(replay.stdout);
  paper.show(`lockkeeper sessions replay ${id}`, lines);
  paper.check(replay.code === 0, `${sessions} sessions of Alice are recorded; this one got the orders`, replay.stderr);
  paper.check(
    lines.some((line) => line.includes("reads orders[0]") && line.includes("masked")),
    "it tells which offsets she read, and how many fields were masked",
  );
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}
