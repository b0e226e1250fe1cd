// The list of evasions says where each one's test is: whether it is there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const page = readFileSync(join(import.meta.dirname, "README.md"), "utf8");
/** `[name](file) “words of a title”, “of another”` */
const named = [...page.matchAll(/\]\(([^)]+\.test\.ts)\)((?:,? “[^”]+”)*)/g)].flatMap(([, file = "", words = ""]) =>
  [...words.matchAll(/“([^”]+)”/g)].map(([, title = ""]) => [file, title] as const),
);

test.each(named)("%s has a test “%s”", (file, title) => {
  expect(readFileSync(join(import.meta.dirname, file), "utf8")).toContain(title);
});

test("every evasion of approvals has one", () => {
  const [, approvals = ""] = page.split("## ");
  const lines = approvals.split("\n").filter((line) => /^\| (?!attempt|---)/.test(line));
  expect(lines.length).toBeGreaterThan(12);
  for (const line of lines) expect(line).toMatch(/\.test\.ts\) “/);
});
