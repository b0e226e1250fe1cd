// Ranges that are kept for long, as while the log cannot be written: none is lost, however many there are.
import { describe, expect, it } from "vitest";
import { Ranges } from "../../../src/audit/ranges.ts";
import type { DataRange } from "../../../src/model/audit-event.ts";

const readRange = (offset: bigint): DataRange => ({
  direction: "read",
  topic: "orders",
  partition: 0,
  firstOffset: offset,
  lastOffset: offset,
  records: 1,
  bytes: 100,
  masked: {},
  filtered: {},
});

describe("ranges of one partition", () => {
  it("are all told where they are very many and do not touch", () => {
    const ranges = new Ranges();
    const count = 300_000;
    for (let at = 0; at < count; at++) ranges.add(readRange(BigInt(2 * at)));

    expect(ranges.all()).toHaveLength(count);
  });

  it("stay as they were told, whatever is added to them elsewhere", () => {
    const [first, second] = [new Ranges(), new Ranges()];
    first.add(readRange(1n));
    const [told] = first.all();
    if (!told) throw new Error("nothing was told");
    // the log refused it: it goes back to those that came meanwhile
    second.add(readRange(2n));
    second.add(told);
    second.add(readRange(3n));

    expect(told).toEqual(readRange(1n));
    expect(second.all()).toMatchObject([{ firstOffset: 1n, lastOffset: 3n, records: 3 }]);
  });
});
