// Several logs of one gateway, as whoever reads them sees them: one list in the order of time, look-ups and SQL over all, each event named by its log.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openEventIndexes } from "../../../src/audit/event-indexes.ts";
import { logPlaces, placeText, readAllEvents } from "../../../src/audit/logs.ts";
import { eventQuery, whatDid, whoTouched } from "../../../src/audit/lookups.ts";
import { openAuditLog } from "../../../src/audit/open.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { AuditEvent } from "../../../src/model/audit-event.ts";
import { alice, temporaryFolder, testClock } from "./fixtures.ts";

const range = (firstOffset: bigint, lastOffset: bigint) => ({
  topic: "orders",
  partition: 0,
  direction: "read" as const,
  firstOffset,
  lastOffset,
  records: Number(lastOffset - firstOffset) + 1,
  bytes: 10,
  masked: {},
  filtered: {},
});

const read = (at: number, principal: string, first: bigint, last: bigint): AuditEvent => ({
  code: "data.read",
  at,
  actor: { ...alice, principal },
  ranges: [range(first, last)],
});

/** Two workers' logs, with events in turn. */
async function given() {
  const root = join(await temporaryFolder(), "audit");
  const clock = testClock();
  for (const [name, events] of [
    ["worker-1", [read(1_000, "alice", 0n, 9n), read(3_000, "alice", 20n, 29n)]],
    ["worker-2", [read(2_000, "bob", 5n, 15n), read(4_000, "alice", 30n, 30n)]],
  ] as const) {
    const log = await openAuditLog({
      directory: join(root, name),
      keyFile: `${root}.key.${name}`,
      clock,
      log: silentLog,
      source: { gateway: `edge.${name}`, version: "1" },
    });
    for (const event of events) await log.record(event);
    await log.close();
  }
  return { root, places: await logPlaces(root) };
}

describe("several logs", () => {
  it("are found beside the folder's own, in the order of their numbers", async () => {
    const root = await temporaryFolder();
    expect(await logPlaces(join(root, "missing"))).toEqual([{ name: "", folder: join(root, "missing") }]);
    for (const name of ["worker-10", "worker-2", "inbox"]) await mkdir(join(root, name));
    expect((await logPlaces(root)).map(({ name }) => name)).toEqual(["worker-2", "worker-10"]);
    await mkdir(join(root, "log.pub"));
    expect((await logPlaces(root)).map(({ name }) => name)).toEqual(["", "worker-2", "worker-10"]);
  });

  it("are read as one, in the order of time", async () => {
    const { places } = await given();
    const told = await Array.fromAsync(readAllEvents(places, { codes: ["data.read"] }));
    expect(told.map((event) => `${placeText(event)} ${event.principal}`)).toEqual([
      "worker-1/0 alice",
      "worker-2/0 bob",
      "worker-1/1 alice",
      "worker-2/1 alice",
    ]);
  });

  it("answer look-ups together", async () => {
    const { places } = await given();
    const index = await openEventIndexes(places);
    const who = whoTouched(index, { topic: "orders", partition: 0, offset: 7n });
    expect(who.map(({ principal, idx }) => `${String(idx)} ${String(principal)}`)).toEqual([
      "worker-1/0 alice",
      "worker-2/0 bob",
    ]);
    const { span, data } = whatDid(index, { principal: "alice", since: 0, until: 10_000 });
    expect(span).toMatchObject({ events: 3n });
    expect(data).toMatchObject([{ topic: "orders", records: 21n }]);
    index.close();
  });

  it("answer SQL together: each event named by its log, its whole text at hand, nothing to be changed", async () => {
    const { places } = await given();
    const index = await openEventIndexes(places);
    const { sql, values } = eventQuery({ resource: "orders" }, "idx, principal", index.order);
    expect(index.all(sql, ...values).map(({ idx }) => idx)).toEqual([
      "worker-1/0",
      "worker-2/0",
      "worker-1/1",
      "worker-2/1",
    ]);
    const [one] = index.all(
      "SELECT envelope(idx) ->> '$.source' AS source FROM events WHERE log = 'worker-2' AND entry = 1",
    );
    expect(one).toEqual({ source: "/lockkeeper/edge.worker-2" });
    expect(() => index.all("DELETE FROM log0.events")).toThrow(/readonly|query_only|read/i);
    index.close();
  });
});
