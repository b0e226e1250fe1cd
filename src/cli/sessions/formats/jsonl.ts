// One JSON document a line: the session, then every frame, decoded; for other programs.
import type { ReplayItem, SessionSummary } from "../../../audit/replay.ts";
import { frameJson } from "../json.ts";

export async function* jsonl(session: SessionSummary, items: AsyncIterable<ReplayItem>): AsyncGenerator<string> {
  yield `${JSON.stringify({ session })}\n`;
  for await (const item of items) yield `${JSON.stringify(item.kind === "frame" ? frameJson(item.frame) : item)}\n`;
}
