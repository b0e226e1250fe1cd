// lockkeeper sessions export: a recording in a form that other tools read.
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { readSession } from "../../audit/replay.ts";
import { type ConfigOption, readConfig } from "../shared.ts";
import { type FormatName, formats } from "./formats/index.ts";
import { keyring, openForReading, recordingsOf, storytellerFor } from "./open.ts";

export interface ExportOptions extends ConfigOption {
  readonly format: FormatName;
  readonly output?: string;
}

/** To standard output where no file is given. */
export async function exportSession(id: string, { output, format, ...options }: ExportOptions): Promise<void> {
  const config = readConfig(options);
  const its = recordingsOf(config);
  const keys = await keyring(its);
  const session = await openForReading(config, id, "recording.exported", {
    format,
    output: output ?? "standard output",
  });
  const pieces = formats[format](session, readSession(its.directory, id, keys), storytellerFor(session));
  const target = output === undefined ? process.stdout : createWriteStream(output, { mode: 0o600 });
  await pipeline(Readable.from(pieces), target, { end: output !== undefined });
}
