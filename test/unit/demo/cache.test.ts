import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { installOnce } from "../../../src/demo/parts/cache.ts";
import { type TempDir, tempDir } from "../../support/temp-dir.ts";

let folder: TempDir;
beforeEach(() => {
  folder = tempDir();
  vi.stubEnv("LOCKKEEPER_CACHE", folder.path);
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

function filling(text: string): (directory: string) => Promise<void> {
  return async (directory) => writeFileSync(join(directory, "part"), text);
}

describe("installOnce", () => {
  it("fills a part once, and finds it the second time", async () => {
    const first = await installOnce("tool", "v1", filling("one"));
    const second = await installOnce("tool", "v1", filling("never"));
    expect([first.made, second.made]).toEqual([true, false]);
    expect(readFileSync(join(second.directory, "part"), "utf8")).toBe("one");
  });

  it("replaces a part whose inputs changed", async () => {
    await installOnce("tool", "v1", filling("one"));
    const { directory } = await installOnce("tool", "v2", filling("two"));
    expect(readFileSync(join(directory, "part"), "utf8")).toBe("two");
    expect(readdirSync(folder.path)).toEqual(["tool"]);
  });

  it("leaves nothing that looks finished when filling fails", async () => {
    const failing = installOnce("tool", "v1", async (directory) => {
      await filling("half")(directory);
      throw new Error("network");
    });
    await expect(failing).rejects.toThrow("network");
    expect(existsSync(join(folder.path, "tool"))).toBe(false);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it("lets several checkouts do it at the same time", async () => {
    const all = await Promise.all(
      Array.from({ length: 5 }, async () => await installOnce("tool", "v1", filling("one"))),
    );
    expect(new Set(all.map(({ directory }) => readFileSync(join(directory, "part"), "utf8")))).toEqual(
      new Set(["one"]),
    );
    expect(readdirSync(folder.path)).toEqual(["tool"]);
  });
});
