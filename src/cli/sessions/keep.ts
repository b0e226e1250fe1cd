// lockkeeper sessions verify, erase and rewrap: are recordings what the log committed to, forget one for good, change the key that wraps them.
import { basename } from "node:path";
import { realDisk } from "../../audit/disk.ts";
import { refuseIfHeld } from "../../audit/holds.ts";
import { logPlaces } from "../../audit/logs.ts";
import { readEvents } from "../../audit/query.ts";
import { destroySessionKey, readSessionKeys, rewrapSessionKey } from "../../audit/recording-keys.ts";
import { recordingPath, recordingPaths } from "../../audit/recording-reader.ts";
import { commitments, type RecordingReport, verifyRecording } from "../../audit/recording-verify.ts";
import { findSession } from "../../audit/replay.ts";
import { wrappingKeyId } from "../../audit/wrap.ts";
import { LockkeeperError } from "../../base/errors.ts";
import { type ConfigOption, plain, print, readConfig } from "../shared.ts";
import { keyring, openForReading, recordingsOf } from "./open.ts";

/** Exit code 1 where any is damaged. */
export async function verify(id: string | undefined, options: ConfigOption & { readonly json?: true }): Promise<void> {
  const config = readConfig(options);
  const its = recordingsOf(config);
  const { keys } = await keyring(its);
  const committed = await commitments(
    (await logPlaces(config.audit.directory)).map(({ folder }) => readEvents(folder)),
  );
  const paths = new Map(
    (await recordingPaths(realDisk, its.directory)).map((path) => [basename(path, ".lkrec"), path] as const),
  );
  const promised = [...committed].filter(([, { marks }]) => marks.size > 0).map(([session]) => session);
  const sessions = id === undefined ? [...new Set([...paths.keys(), ...promised])] : [id];
  const states = new Map<string, number>();
  for (const session of sessions) {
    const report = await verifyRecording(session, paths.get(session) ?? null, committed.get(session), { keys });
    states.set(report.state, (states.get(report.state) ?? 0) + 1);
    if (options.json) print(JSON.stringify(report));
    else if (report.state === "damaged" || id !== undefined) print(line(report));
    if (report.state === "damaged") process.exitCode = 1;
  }
  if (!options.json) print([...states].map(([state, count]) => `${count} ${state}`).join(", ") || "there are none");
}

function line({ session, state, message }: RecordingReport): string {
  return plain(`${session}  ${state === "damaged" ? "DAMAGED: " : ""}${message}`);
}

export interface EraseOptions extends ConfigOption {
  readonly reason: string;
}

/** The log has it first; what is erased and not in the log would look like a loss. */
export async function erase(id: string, options: EraseOptions): Promise<void> {
  const config = readConfig(options);
  const path = await recordingPath(realDisk, recordingsOf(config).directory, id);
  const keys = await readSessionKeys(path);
  if (keys === null) throw new LockkeeperError("audit-corrupt", `the recording of ${id} was erased already`);
  const { principal } = await findSession(recordingsOf(config).directory, id);
  await refuseIfHeld(realDisk, config.audit.directory, { session: id, principal });
  await openForReading(config, id, "recording.erased", { reason: options.reason, wrapping_key: keys.wrappingKey });
  const fingerprint = await destroySessionKey(path);
  print(`erased: the key of ${id} is gone (fingerprint ${fingerprint ?? "?"}); copies in backups are yours to find`);
}

/** Wraps every session's key by the present one; old keys can then be taken out of the configuration. */
export async function rewrap(options: ConfigOption): Promise<void> {
  const its = recordingsOf(readConfig(options));
  const { keys } = await keyring(its);
  const [present] = keys;
  if (!present) throw new LockkeeperError("config-invalid", "there is no key to wrap by");
  let changed = 0;
  for (const path of await recordingPaths(realDisk, its.directory)) {
    if (await rewrapSessionKey(path, keys, present)) changed++;
  }
  print(`${changed} recordings are wrapped anew, by ${wrappingKeyId(present)}`);
}
