import { expect, it } from "vitest";
import { profileTable, whereTimeWent } from "../../bench/profile-table.ts";

const frame = (id: number, functionName: string, url: string) => ({
  id,
  callFrame: { functionName, url, lineNumber: 6 },
});
const profile = {
  nodes: [
    frame(1, "(idle)", ""),
    frame(2, "(garbage collector)", ""),
    frame(3, "take", "file:///co/src/pipeline/request-path.ts"),
    frame(4, "onStreamRead", "node:internal/stream_base_commons"),
    frame(6, "writeBuffer", ""),
    frame(7, "compileSourceTextModule", "node:internal/modules/esm/utils"),
    frame(5, "", "file:///co/node_modules/pino/lib/a.js"),
  ],
  samples: [7, 1, 4, 2, 3, 3, 6, 5],
  timeDeltas: [9_000, 1_000, 150, 300, 200, 200, 50, 100],
};

it("tells of the busy time since the first byte where it went: by kind, and by function with its place", () => {
  const busy = whereTimeWent(profile, "/co");
  expect(busy.microseconds).toBe(1_000);
  expect(busy.kinds.map(({ name, microseconds }) => [name, microseconds])).toEqual([
    ["src/pipeline", 400],
    ["(garbage collector)", 300],
    ["node's own JavaScript", 150],
    ["libraries", 100],
    ["node's native code", 50],
  ]);
  expect(busy.functions[0]?.name).toBe("take src/pipeline/request-path.ts:7");
  expect(profileTable(busy, 1).split("\n")).toContain("40.0 %  take src/pipeline/request-path.ts:7");
});
