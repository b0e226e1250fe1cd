// What every `lockkeeper sessions …` works on: the folder of recordings, the keys that open them, the protocol's storyteller. Whoever looks
// into a recording is in the audit log before anything is shown.
import type { KeyObject } from "node:crypto";
import { realDisk } from "../../audit/disk.ts";
import type { OutsideCode } from "../../audit/inbox.ts";
import { loadEncryptionKey, loadRawPrivateKey } from "../../audit/keys.ts";
import { findSession, type SessionSummary } from "../../audit/replay.ts";
import { LockkeeperError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Sensitive } from "../../base/sensitive.ts";
import type { Config } from "../../config/schema.ts";
import type { Storyteller } from "../../model/recording.ts";
import { createKafkaStoryteller } from "../../protocols/kafka/story/index.ts";
import { recordAct } from "../record.ts";

export type RecordingsConfig = NonNullable<Config["audit"]["recordings"]>;

export function recordingsOf(config: Config): RecordingsConfig {
  if (config.audit.recordings) return config.audit.recordings;
  throw new LockkeeperError("config-invalid", "this configuration records no sessions (audit.recordings)");
}

export interface SessionKeyring {
  readonly keys: readonly Sensitive<Buffer>[];
  readonly rawKey?: KeyObject;
}

/** @param rawKeyFile the private half of audit.recordings.rawKey, where what was before masking is wanted */
export async function keyring(
  { keyFile, oldKeyFiles }: RecordingsConfig,
  rawKeyFile?: string,
): Promise<SessionKeyring> {
  const keys = await Promise.all([keyFile, ...oldKeyFiles].map((file) => loadEncryptionKey(realDisk, file)));
  return { keys, ...(rawKeyFile !== undefined && { rawKey: await loadRawPrivateKey(realDisk, rawKeyFile) }) };
}

/** The session to look into, once the log has it that somebody does. Rejects with `audit-unavailable`: then nothing may be shown. */
export async function openForReading(
  config: Config,
  id: string,
  code: OutsideCode,
  details: JsonObject,
): Promise<SessionSummary> {
  const session = await findSession(recordingsOf(config).directory, id);
  await recordAct(config, code, { session: id, principal: session.principal, ...details });
  return session;
}

/** To add a protocol's story: a line here. */
const storytellers: Readonly<Record<string, () => Storyteller>> = { kafka: createKafkaStoryteller };

export function storytellerFor({ protocol }: SessionSummary): Storyteller {
  const create = storytellers[protocol];
  if (create) return create();
  throw new LockkeeperError("config-invalid", `sessions of ${protocol} cannot be told by this version`);
}
