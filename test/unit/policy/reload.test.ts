// From a folder to the running policy, on real files with the real compiler: what is good replaces, what is broken never does.
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import type { MaskRule } from "../../../src/model/decision.ts";
import { noChecks } from "../../../src/policy/answer.ts";
import type { PolicyLoad } from "../../../src/policy/engine.ts";
import { createRegoEngine } from "../../../src/policy/rego-engine.ts";
import { checkPolicy, createPolicyReloader, loadPolicy } from "../../../src/policy/reload.ts";
import { compiler, operation, session, someTime, temporaryFolder, writeFiles } from "./support.ts";

const allowing = (verb: string) => `package lockkeeper\n\nallow if input.operation.verb == "${verb}"\n`;
const context = { session: session(), now: someTime };

/** Loads as they are reported, to be awaited one by one. */
function queue() {
  const loads: PolicyLoad[] = [];
  const waiting: ((load: PolicyLoad) => void)[] = [];
  return {
    loads,
    push(load: PolicyLoad) {
      const next = waiting.shift();
      if (next) next(load);
      else loads.push(load);
    },
    next: () =>
      new Promise<PolicyLoad>((resolve) => {
        const load = loads.shift();
        if (load) resolve(load);
        else waiting.push(resolve);
      }),
  };
}

describe("a watched folder", () => {
  it("is taken over when it changes, keeps the last good policy when it is broken, and says where", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { "a.rego": allowing("read") });
    const engine = createRegoEngine();
    const reported = queue();
    const reloader = createPolicyReloader(engine, {
      directory: folder.path,
      compiler: await compiler(),
      clock: systemClock,
      onLoad: (load) => reported.push(load),
    });
    const first = await reloader.start();
    expect(first).toMatchObject({ ok: true, files: 1, tests: 0, revision: engine.revision });

    await writeFile(join(folder.path, "a.rego"), "package lockkeeper\n\nallow if input.operaton.verb\n");
    const broken = await reported.next();
    expect(broken).toMatchObject({
      ok: false,
      running: engine.revision,
      problems: [{ file: "a.rego", row: 3, column: 10 }],
    });
    expect(first.ok && first.revision).toBe(engine.revision);
    expect(engine.decide(context, [operation("topic.read", "x")])).toMatchObject([{ outcome: "allow" }]);

    await writeFile(join(folder.path, "new~"), allowing("write"));
    await rename(join(folder.path, "new~"), join(folder.path, "a.rego"));
    const mended = await reported.next();
    expect(mended).toMatchObject({ ok: true, revision: engine.revision });
    expect(engine.decide(context, [operation("topic.read", "x"), operation("topic.write", "x")])).toMatchObject([
      { outcome: "deny" },
      { outcome: "allow" },
    ]);
    await reloader.close();
    expect(reported.loads).toEqual([]);
  });

  it("is watched also when its first state was broken, and by looking when no notice comes", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { "a.rego": "package lockkeeper\n\nallow if {\n" });
    const engine = createRegoEngine();
    const reported = queue();
    const hurried = { ...systemClock, after: (_delayMs: number, run: () => void) => systemClock.after(50, run) };
    const reloader = createPolicyReloader(engine, {
      directory: folder.path,
      compiler: await compiler(),
      clock: hurried,
      onLoad: (load) => reported.push(load),
      watch: () => () => {},
    });
    expect(await reloader.start()).toMatchObject({ ok: false, running: "none" });
    await writeFile(join(folder.path, "a.rego"), allowing("read"));
    expect(await reported.next()).toMatchObject({ ok: true });
    await reloader.close();
  });
});

describe("loading once", () => {
  it("tries everything and reports every mistake, without an engine that runs", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, {
      "a.rego": 'package lockkeeper\n\nmask contains {"field": "$.a", "method": "rot13"} if true\n',
    });
    const checks = {
      ...noChecks,
      mask: ({ method }: MaskRule) => (method.name === "redact" ? null : `no method ${method.name}`),
    };
    const problems = await checkPolicy({
      directory: folder.path,
      compiler: await compiler(),
      clock: systemClock,
      checks,
    });
    expect(problems).toMatchObject([{ file: "a.rego", row: 3, message: expect.stringContaining("rot13") }]);
  });

  it("never rejects: a compiler that cannot run is a problem", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { "a.rego": allowing("read") });
    const broken = { version: "x", run: () => Promise.reject(new Error("no such program")) };
    const engine = createRegoEngine();
    const load = await loadPolicy(engine, { directory: folder.path, compiler: broken, clock: systemClock });
    expect(load).toMatchObject({ ok: false, running: "none", problems: [{ message: "no such program" }] });
  });
});
