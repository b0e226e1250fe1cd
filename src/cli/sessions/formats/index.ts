// What a session can be exported as. To add a format: a file here that turns a session's items into bytes, and a line in the list.
import type { ReplayItem, SessionSummary } from "../../../audit/replay.ts";
import type { Storyteller } from "../../../model/recording.ts";
import { asciicast } from "./asciicast.ts";
import { jsonl } from "./jsonl.ts";
import { pcapng } from "./pcapng-format.ts";

/** Yields the file piece by piece; a session may be larger than memory. */
export type ExportFormat = (
  session: SessionSummary,
  items: AsyncIterable<ReplayItem>,
  story: Storyteller,
) => AsyncGenerator<Buffer | string>;

export const formats = { pcapng, jsonl, asciicast } as const satisfies Readonly<Record<string, ExportFormat>>;

export type FormatName = keyof typeof formats;
export const formatNames: readonly string[] = Object.keys(formats);

export function isFormat(name: string): name is FormatName {
  return Object.hasOwn(formats, name);
}
