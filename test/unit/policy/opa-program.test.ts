// Finding the compiler where Go is missing, and the fallback on an `opa` program: the latter runs only where one is on the PATH.

import { execFileSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compilePolicy } from "../../../src/policy/compile.ts";
import { compilerFile, findPolicyCompiler } from "../../../src/policy/compiler/build.ts";
import { opaProgramCompiler } from "../../../src/policy/compiler/opa-program.ts";
import { createRegoEngine } from "../../../src/policy/rego-engine.ts";
import { readSources } from "../../../src/policy/sources.ts";
import { compiler, identity, operation, session, someTime, temporaryFolder, writeFiles } from "./support.ts";

const shipped = fileURLToPath(new URL("../../../policies", import.meta.url));

function onPath(program: string): boolean {
  try {
    execFileSync(program, ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function problemsOf(files: Record<string, string>) {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, files);
  const result = await compilePolicy(await readSources(folder.path), opaProgramCompiler("opa"));
  return result.ok ? [] : result.problems;
}

describe("the compiler", () => {
  it("is missing with a sentence that says what to install, where there is neither Go nor opa nor a cache", async () => {
    await using folder = await temporaryFolder();
    const environment = { PATH: folder.path, LOCKKEEPER_CACHE: folder.path };
    await expect(findPolicyCompiler(() => {}, environment)).rejects.toMatchObject({
      code: "setup-failed",
      message: expect.stringMatching(/Go.*opa.*bundle/),
    });
  });

  it("is an opa program where that is all there is, and says so", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "opa"), "#!/bin/sh\n");
    await chmod(join(folder.path, "opa"), 0o755);
    const said: string[] = [];
    const found = await findPolicyCompiler((line) => said.push(line), {
      PATH: folder.path,
      LOCKKEEPER_CACHE: folder.path,
    });
    expect(found.version).toBe("opa-program");
    expect(said).toEqual([expect.stringContaining("Go is not installed")]);
  });

  it("is taken from the cache without a word once it was built", async () => {
    await compiler();
    const said: string[] = [];
    const found = await findPolicyCompiler((line) => said.push(line), { ...process.env, PATH: "" });
    expect(said).toEqual([]);
    expect(found.version).toBe((await compilerFile(process.env)).version);
  });
});

describe.skipIf(!onPath("opa"))("an opa program", () => {
  it("compiles and tests the shipped policies to the same decisions, not kept", async () => {
    const sources = await readSources(shipped);
    const ours = await compilePolicy(sources, await compiler());
    const theirs = await compilePolicy(sources, opaProgramCompiler("opa"));
    if (!ours.ok || !theirs.ok) throw new Error(JSON.stringify([ours, theirs]));
    expect(theirs.policy).toMatchObject({ tests: ours.policy.tests, files: ours.policy.files, inputs: null });
    const [a, b] = [createRegoEngine(), createRegoEngine()];
    a.load({ ...ours.policy, revision: "r" });
    b.load({ ...theirs.policy, revision: "r" });
    for (const group of ["analysts", "platform", "guests"]) {
      const context = { session: session({ identity: identity({ groups: [group] }) }), now: someTime };
      const asked = ["topic.read", "topic.delete", "cluster.describe"].map((name) => operation(name, "orders"));
      expect(b.decide(context, asked)).toEqual(a.decide(context, asked));
    }
  });

  it("tells mistakes with their places: syntax, misspelt input, a function that is not provided, a failing test", async () => {
    expect(await problemsOf({ "a.rego": "package lockkeeper\n\nallow if {\n" })).toMatchObject([
      { file: "a.rego", row: 4 },
    ]);
    expect(await problemsOf({ "a.rego": "package lockkeeper\n\nallow if input.operaton\n" })).toMatchObject([
      { file: "a.rego", row: 3 },
    ]);
    expect(await problemsOf({ "a.rego": "package lockkeeper\n\nallow if time.now_ns() > 1\n" })).toMatchObject([
      { file: "a.rego", row: 3, message: expect.stringContaining("input.time") },
    ]);
    const test = "package lockkeeper_test\n\ntest_it if data.lockkeeper.allow\n";
    expect(await problemsOf({ "a.rego": "package lockkeeper\n\nallow if false\n", "a_test.rego": test })).toMatchObject(
      [{ file: "a_test.rego", row: 3 }],
    );
  });
});
