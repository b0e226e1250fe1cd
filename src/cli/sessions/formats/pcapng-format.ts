// pcapng as an export format.
import type { ReplayItem, SessionSummary } from "../../../audit/replay.ts";
import { PcapngWriter } from "./pcapng.ts";

export async function* pcapng(session: SessionSummary, items: AsyncIterable<ReplayItem>): AsyncGenerator<Buffer> {
  const writer = new PcapngWriter(session);
  yield writer.begin();
  for await (const item of items) if (item.kind === "frame") yield writer.frame(item.frame);
  yield writer.end();
}
