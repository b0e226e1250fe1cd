// A process that records as fast as it can and prints what was promised, until somebody kills it. Used by audit-kill.test.ts.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { openAuditLog } from "../../../src/audit/open.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";

const folder = process.argv[2] ?? "";
const first = Number(process.argv[3]);
const log = await openAuditLog({
  directory: join(folder, "audit"),
  keyFile: join(folder, "audit.key"),
  clock: systemClock,
  log: silentLog,
  source: { gateway: "gw", version: "0" },
  checkpointMs: 5,
  journalFileBytesMax: 100_000,
});
for (let next = first; ; ) {
  const group = Array.from({ length: 1 + (next % 40) }, () => String(next++));
  await Promise.all(
    group.map((request, i) =>
      log.record({ code: "operation.allowed", at: 0, actor: null, request }, { durable: i % 7 === 0 }),
    ),
  );
  // Synchronous: what is printed was promised before the process can die.
  writeSync(1, group.map((request) => `${request}\n`).join(""));
}
