// What is said of a recording that just stops: the gateway still runs, or it was started again since and so had died.
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { realDisk } from "../../../src/audit/disk.ts";
import type { LoggedEvent } from "../../../src/audit/query.ts";
import { type ChunkCommitment, createRecordings } from "../../../src/audit/recording.ts";
import { recordingPath } from "../../../src/audit/recording-reader.ts";
import { commitments, verifyRecording } from "../../../src/audit/recording-verify.ts";
import { silentLog } from "../../../src/base/log.ts";
import { Sensitive } from "../../../src/base/sensitive.ts";
import { sessionInTest } from "../../support/scenario.ts";
import { eventually } from "../../support/wait.ts";
import { temporaryFolder, testClock } from "./fixtures.ts";

async function* events(...codes: readonly string[]): AsyncGenerator<LoggedEvent> {
  for (const code of codes) yield { code, session: "ses_test", envelope: {} } as unknown as LoggedEvent;
}

test("a recording without an end is open while its gateway runs, and cut once that was started again", async () => {
  const directory = await temporaryFolder();
  const clock = testClock();
  const written: ChunkCommitment[] = [];
  const wrappingKey = new Sensitive(randomBytes(32));
  const onChunk = (chunk: ChunkCommitment) => written.push(chunk);
  const recordings = createRecordings({ directory, wrappingKey, clock, log: silentLog, onChunk });
  const frame = { at: 1, direction: "request", api: "Fetch", version: 1, correlation: 1, bytes: 1 } as const;
  const kept = { pieces: [Buffer.from("x")], cuts: [], notes: null };
  recordings.open(sessionInTest())?.frame({ ...frame, level: "metadata", kept });
  clock.advance(1_000);
  await eventually(() => written.length > 0);
  const path = await recordingPath(realDisk, directory, "ses_test");

  const running = await commitments([events("gateway.started", "session.started")]);
  const died = await commitments([events("gateway.started", "session.started", "gateway.started")]);
  const another = await commitments([events("session.started"), events("gateway.started")]);

  const state = async (all: typeof died) => await verifyRecording("ses_test", path, all.get("ses_test"));
  expect(await state(running)).toMatchObject({ state: "open", chunks: 1 });
  expect(await state(another)).toMatchObject({ state: "open" });
  expect(await state(died)).toMatchObject({ state: "cut", chunks: 1, chunk: null });
});
