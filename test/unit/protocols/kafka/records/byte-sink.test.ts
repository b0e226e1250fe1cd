import { expect, it } from "vitest";
import { ByteSink } from "../../../../../src/protocols/kafka/records/byte-sink.ts";

it("keeps to the bound of the moment, though its memory is larger from before", () => {
  const sink = new ByteSink(0, 0).restart(100_000, 100_000);
  sink.append(Buffer.alloc(100_000));

  sink.restart(10, 20).append(Buffer.alloc(20));

  expect(sink.view()).toEqual(Buffer.alloc(20));
  expect(() => sink.int8(1)).toThrow("20 bytes");
});
