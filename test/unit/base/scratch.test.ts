import { expect, it } from "vitest";
import { limits } from "../../../src/base/limits.ts";
import { scratchFor } from "../../../src/base/scratch.ts";

it("gives the same memory again while it is large enough", () => {
  const first = scratchFor(10, Buffer.alloc(0));

  expect(first.length).toBe(limits.scratchBytesMin);
  expect(scratchFor(first.length, first)).toBe(first);
  expect(scratchFor(first.length + 1, first).length).toBe(first.length + 1);
});

it("does not keep memory that one large thing needed", () => {
  const large = scratchFor(limits.scratchKeptBytesMax + 1, Buffer.alloc(0));

  expect(scratchFor(10, large).length).toBe(limits.scratchBytesMin);
});
