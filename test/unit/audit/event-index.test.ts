// Look-ups over the index: exact at the edges, up to date, and made anew whenever it is not this log's own.
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openEventIndex } from "../../../src/audit/event-index.ts";
import { eventQuery, whatDid, whoSentUnacknowledged, whoTouched } from "../../../src/audit/lookups.ts";
import type { AuditEvent, DataRange } from "../../../src/model/audit-event.ts";
import { alice, denied, openTestLog, range, temporaryFolder } from "./fixtures.ts";

const at = 1_790_000_000_000;

function data(ranges: readonly DataRange[], principal = "alice"): AuditEvent {
  const code = ranges[0]?.direction === "write" ? "data.written" : "data.read";
  return { code, at, actor: { ...alice, principal, session: `ses_${principal}` }, ranges };
}

async function setUp(...events: readonly AuditEvent[]) {
  const folder = await temporaryFolder();
  const log = await openTestLog(folder);
  const record = (...more: readonly AuditEvent[]) => Promise.all(more.map((event) => log.record(event)));
  await record(...events);
  return { log, record, directory: join(folder, "audit") };
}

async function asked<T>(directory: string, ask: (index: Awaited<ReturnType<typeof openEventIndex>>) => T): Promise<T> {
  const index = await openEventIndex(directory);
  try {
    return ask(index);
  } finally {
    index.close();
  }
}

const offset = (value: number, partition = 0) => ({ topic: "orders", partition, offset: BigInt(value) });
const names = (rows: readonly { readonly [column: string]: unknown }[]) => rows.map((row) => row["principal"]);

describe("who touched an offset", () => {
  it("is exact at both ends of a range", async () => {
    const { directory } = await setUp(data([range(10, 19)]), data([range(15, 30)], "bob"));

    const found = await asked(directory, (index) =>
      [9, 10, 14, 15, 19, 20, 30, 31].map((value) => [value, names(whoTouched(index, offset(value)))]),
    );

    expect(found).toEqual([
      [9, []],
      [10, ["alice"]],
      [14, ["alice"]],
      [15, ["alice", "bob"]],
      [19, ["alice", "bob"]],
      [20, ["bob"]],
      [30, ["bob"]],
      [31, []],
    ]);
  });

  it("keeps partitions, topics and directions apart, and says what was masked", async () => {
    const { directory } = await setUp(
      data([
        range(0, 9, { masked: { pii: 3 }, filtered: { eu: 2, us: 1 } }),
        range(0, 9, { partition: 1 }),
        range(0, 9, { topic: "other" }),
      ]),
      data([range(0, 9, { direction: "write" })], "writer"),
    );

    const rows = await asked(directory, (index) => whoTouched(index, { ...offset(4), direction: "read" }));
    const all = await asked(directory, (index) => names(whoTouched(index, offset(4))));

    expect(rows).toMatchObject([
      { principal: "alice", first: 0n, last: 9n, masked: "pii × 3", filtered: 3n, direction: "read" },
    ]);
    expect(all).toEqual(["alice", "writer"]);
  });

  it("finds what a search of every range finds", async () => {
    const some = fc.record({ first: fc.nat(200), length: fc.integer({ min: 1, max: 80 }), partition: fc.nat(2) });
    await fc.assert(
      fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 30 }), fc.nat(260), async (ranges, value) => {
        const all = ranges.map(({ first, length, partition }) => range(first, first + length - 1, { partition }));
        const { directory, log } = await setUp(...all.map((each, i) => data([each], `p${i}`)));
        const expected = all.flatMap((each, i) =>
          each.partition === 1 && each.firstOffset <= BigInt(value) && each.lastOffset >= BigInt(value)
            ? [`p${i}`]
            : [],
        );

        expect(await asked(directory, (index) => names(whoTouched(index, offset(value, 1))))).toEqual(expected);
        await log.close();
      }),
      { numRuns: 25 },
    );
  });

  it("holds offsets beyond what a double holds", async () => {
    const big = 2n ** 53n + 1n;
    const { directory } = await setUp(data([{ ...range(0, 0), firstOffset: big, lastOffset: big }]));

    const found = await asked(directory, (index) =>
      [big - 1n, big, big + 1n].map((value) => whoTouched(index, { ...offset(0), offset: value }).length),
    );

    expect(found).toEqual([0, 1, 0]);
  });

  it("names who wrote without an answer", async () => {
    const sent = [{ topic: "orders", partition: 0, records: 7, bytes: 70, masked: {} }];
    const { directory } = await setUp({ code: "data.unacknowledged", at, actor: alice, sent });

    const rows = await asked(directory, (index) => [
      whoTouched(index, offset(3)),
      whoSentUnacknowledged(index, offset(3)),
    ]);

    expect(rows).toMatchObject([[], [{ principal: "alice", records: 7n }]]);
  });
});

describe("the index", () => {
  it("has what only the journal holds, and what comes later, once", async () => {
    const { directory, log, record } = await setUp(data([range(0, 9)]));
    expect(await asked(directory, (index) => [index.size, names(whoTouched(index, offset(4)))])).toEqual([
      1,
      ["alice"],
    ]);
    await log.checkpoint();
    await record(data([range(0, 9)], "bob"));

    expect(await asked(directory, (index) => [index.size, names(whoTouched(index, offset(4)))])).toEqual([
      2,
      ["alice", "bob"],
    ]);
  });

  it.each([
    ["missing", (file: string) => rm(file)],
    ["damaged", async (file: string) => writeFile(file, (await readFile(file)).fill(7, 0, 2_000))],
    ["empty", (file: string) => writeFile(file, "")],
  ])("is made anew where it is %s", async (_, harm) => {
    const { directory } = await setUp(...Array.from({ length: 600 }, (_each, i) => denied(String(i))));
    await asked(directory, () => {});
    await harm(join(directory, "index", "events.db"));

    expect(await asked(directory, (index) => index.all("SELECT count(*) AS n FROM events"))).toEqual([{ n: 600n }]);
  });

  it("is not believed where it is another log's", async () => {
    const one = await setUp(denied("one"));
    await one.log.checkpoint();
    await asked(one.directory, () => {});
    const other = await setUp(denied("other"));
    await other.log.checkpoint();
    await asked(other.directory, () => {});
    await writeFile(
      join(other.directory, "index", "events.db"),
      await readFile(join(one.directory, "index", "events.db")),
    );

    expect(await asked(other.directory, (index) => index.all("SELECT request FROM events"))).toEqual([
      { request: "other" },
    ]);
  });

  it("gives SQL the whole event, and never a way to change it", async () => {
    const { directory } = await setUp(denied("one"));

    const email = await asked(directory, (index) =>
      index.all("SELECT envelope(idx) ->> '$.data.unmapped.claims.email' AS email FROM events"),
    );

    expect(email).toEqual([{ email: "alice@example.com" }]);
    await expect(asked(directory, (index) => index.all("DELETE FROM events"))).rejects.toThrow(/readonly/);
  });
});

describe("questions", () => {
  it("add up what somebody did", async () => {
    const { directory } = await setUp(
      denied("1"),
      denied("2"),
      data([range(0, 9)]),
      data([range(10, 29)]),
      data([range(0, 9)], "bob"),
    );

    const done = await asked(directory, (index) =>
      whatDid(index, { principal: "alice", since: 0, until: Number.MAX_SAFE_INTEGER }),
    );

    expect(done).toMatchObject({
      span: { sessions: 1n, events: 4n },
      operations: [{ operation: "topic.delete", resource: "orders", outcome: "denied", times: 2n }],
      data: [{ direction: "read", topic: "orders", partitions: 1n, records: 30n }],
    });
  });

  it.each([
    ["a code", { codes: ["data.read"] }, 1],
    ["a family", { codes: ["operation.*"] }, 2],
    ["a family's wildcard only at its end", { codes: ["oper*.denied"] }, 0],
    ["a topic of a range", { resource: "orders" }, 3],
    ["an operation's family", { operation: "topic.*" }, 2],
    ["what does not fit together", { principal: "alice", codes: ["data.read"] }, 0],
  ])("find events by %s", async (_, question, count) => {
    const { directory } = await setUp(denied("1"), denied("2"), data([range(0, 9)], "bob"));

    const rows = await asked(directory, (index) => {
      const { sql, values } = eventQuery(question, "idx");
      return index.all(sql, ...values);
    });

    expect(rows).toHaveLength(count);
  });
});
