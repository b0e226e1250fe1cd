// The page of codes is the table's own.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { codesPage } from "../../../src/audit/codes-page.ts";

test("the page of events is up to date: else run `node src/audit/codes-page.ts`", () => {
  expect(codesPage()).toBe(readFileSync(new URL("../../../src/audit/README.md", import.meta.url), "utf8"));
});
