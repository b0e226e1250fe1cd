import { expect, test } from "vitest";
import { randomPiece } from "../../../src/base/random.ts";

test("no two pieces are the same, nor parts of one another's memory, over several blocks", () => {
  const pieces = Array.from({ length: 2_000 }, () => randomPiece(16));
  expect(new Set(pieces.map((piece) => piece.toString("hex"))).size).toBe(2_000);
  const [first, second] = pieces;
  const before = second?.toString("hex");
  first?.fill(0);
  expect(second?.toString("hex")).toBe(before);
});

test("a piece that would not be small is refused", () => {
  expect(() => randomPiece(65)).toThrow(/small/);
});
