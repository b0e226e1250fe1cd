// The story as a terminal recording (asciicast version 2), for asciinema and the players that web pages have.
import type { ReplayItem, SessionSummary } from "../../../audit/replay.ts";
import { createTeller, lineText } from "../../../audit/tell.ts";
import type { Storyteller } from "../../../model/recording.ts";
import { plain } from "../../shared.ts";

export async function* asciicast(
  session: SessionSummary,
  items: AsyncIterable<ReplayItem>,
  story: Storyteller,
): AsyncGenerator<string> {
  const { id, principal, startedAt } = session;
  const title = `${principal ?? "somebody"}, ${id}`;
  const header = { version: 2, width: 160, height: 40, timestamp: Math.floor(startedAt / 1000), title };
  yield `${JSON.stringify(header)}\n`;
  const teller = createTeller({ story });
  let seconds = 0;
  for await (const item of items) {
    const line = item.kind === "frame" ? teller.tell(item.frame) : null;
    if (line === null) continue;
    seconds = Math.max(seconds, (line.at - startedAt) / 1000);
    yield `${JSON.stringify([seconds, "o", `${plain(lineText(line))}\r\n`])}\n`;
  }
}
