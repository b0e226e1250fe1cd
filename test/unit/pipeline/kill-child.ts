// A gateway that works as fast as it can until somebody kills it: real connections, Kafka requests, the real audit log on the disk, a
// scripted broker. It prints each topic in the moment in which its creation reaches the broker. Used by property/audit-kill.test.ts.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { openAuditLog } from "../../../src/audit/open.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { createTopics } from "../../../src/protocols/kafka/messages/create-topics.ts";
import { decodeRequest, requestFrame, responseFrame } from "../../support/frames.ts";
import { startGateway } from "./gateway-in-test.ts";

const connections = 4;
const inFlight = 5;

const folder = process.argv[2] ?? "";
let next = Number(process.argv[3]);
const log = await openAuditLog({
  directory: join(folder, "audit"),
  keyFile: join(folder, "audit.key"),
  clock: systemClock,
  log: silentLog,
  source: { gateway: "gw", version: "0" },
  checkpointMs: 5,
  journalFileBytesMax: 200_000,
});
const gateway = await startGateway(
  (frame, { apiKey, apiVersion, correlationId }) => {
    if (apiKey !== createTopics.key) return null;
    const topics = decodeRequest(createTopics, apiVersion, frame).topics.map(({ name }) => ({ name }));
    // Synchronous: what reached the broker is told before the process can die.
    writeSync(1, topics.map(({ name }) => `${name}\n`).join(""));
    return responseFrame(createTopics, apiVersion, { topics }, correlationId);
  },
  { record: (event) => log.record(event) },
);
for (let i = 0; i < connections; i++) void work();

async function work(): Promise<void> {
  const client = await gateway.loggedIn();
  const one = () => requestFrame(createTopics, 7, { topics: [{ name: `topic-${next++}` }] });
  client.send(...Array.from({ length: inFlight }, one));
  for (;;) {
    await client.answer();
    client.send(one());
  }
}
