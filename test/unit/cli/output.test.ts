// What look-ups print: for people, for programs, for spreadsheets.
import { expect, test, vi } from "vitest";
import { type Format, printRows, type Row } from "../../../src/cli/output.ts";

async function printed(rows: readonly Row[], format: Format, columns?: readonly string[]): Promise<string> {
  let text = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  await printRows(rows, format, columns);
  write.mockRestore();
  return text;
}

const row = { name: 'says "a", b', offset: 2n ** 60n, count: 3n, none: null };

test("JSON has one document a line; offsets that JSON cannot hold exactly are strings", async () => {
  expect(await printed([row, row], "json")).toBe(
    `${JSON.stringify({ name: 'says "a", b', offset: "1152921504606846976", count: 3, none: null })}\n`.repeat(2),
  );
});

test("CSV quotes, has its header once, and starts no formula", async () => {
  const rows = Array.from({ length: 1_500 }, () => ({ name: "x" }));
  expect(await printed([row, { ...row, name: "=1+1" }], "csv")).toBe(
    `name,offset,count,none\n"says ""a"", b",1152921504606846976,3,\n'=1+1,1152921504606846976,3,\n`,
  );
  expect((await printed(rows, "csv")).split("\n").filter((line) => line === "name")).toHaveLength(1);
});

test("a table has the columns that were asked for, and no control characters", async () => {
  expect(await printed([{ a: "\u001b[31mred", b: 1, c: null }], "table", ["c", "a"])).toBe("C  A\n-  \\x1b[31mred\n");
});
