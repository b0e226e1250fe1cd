// What the primary believes each worker has, while connections are on their way.
import { expect, test } from "vitest";
import { ConnectionBook } from "../../../../src/app/workers/connection-book.ts";

test("a connection on its way counts until the worker tells of it, and once", () => {
  const book = new ConnectionBook();
  for (let each = 0; each < 3; each++) book.handed(1);
  expect(book.of(1)).toBe(3);
  // it tells of the two that have come; the third is still on its way
  book.set(1, { "listeners[0]": 2 }, 2);
  expect(book.of(1)).toBe(3);
  book.set(1, { "listeners[0]": 1, "listeners[1]": 1 }, 3);
  expect(book.of(1)).toBe(2);
  expect(book.elsewhere(2)).toEqual({ "listeners[0]": 1, "listeners[1]": 1 });
});

test("what did not get there does not count, and a worker that starts again has none", () => {
  const book = new ConnectionBook();
  book.handed(1);
  book.handed(1);
  book.lost(1);
  expect(book.of(1)).toBe(1);
  book.left(1);
  expect(book.of(1)).toBe(0);
  book.set(1, { "listeners[0]": 1 }, 1);
  book.handed(1);
  expect(book.of(1)).toBe(1);
});
