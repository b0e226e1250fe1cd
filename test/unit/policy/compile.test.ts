// The compiler and what an author hears from it: every mistake at once, each with file, row and column, before anything runs.
import { describe, expect, it } from "vitest";
import { compilePolicy, requestFor } from "../../../src/policy/compile.ts";
import { compilerFile } from "../../../src/policy/compiler/build.ts";
import { wasmCompiler } from "../../../src/policy/compiler/process.ts";
import { readSources } from "../../../src/policy/sources.ts";
import { compileFiles, compiler, temporaryFolder, writeFiles } from "./support.ts";

async function problemsOf(files: Record<string, string>) {
  const result = await compileFiles(files);
  return result.ok ? [] : result.problems;
}

async function inputsOf(rego: string) {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, { "p.rego": rego });
  const sources = await readSources(folder.path);
  const answer = await (await compiler()).run(requestFor(sources, ["check"]));
  expect(answer.problems).toEqual([]);
  return answer.inputs;
}

describe("mistakes", () => {
  it("in the syntax of several files are all told, with their places", async () => {
    const problems = await problemsOf({
      "a.rego": "package lockkeeper\n\nallow if {\n\tinput.operation.name = = 1\n}\n",
      "sub/b.rego": "package lockkeeper\n\ndeny contains if true\n",
    });
    expect(new Set(problems.map(({ file, row }) => `${file}:${row}`))).toEqual(new Set(["a.rego:4", "sub/b.rego:3"]));
    expect(problems.every(({ column }) => column > 0)).toBe(true);
  });

  it("in meaning are all told: misspelt input, unknown functions, unknown data, rules of the wrong shape", async () => {
    const problems = await problemsOf({
      "a.rego": [
        "package lockkeeper",
        'allow if input.operaton.verb == "read"',
        'allow if input.principal.name == sprintf("%s", ["x"])',
        "allow if time.now_ns() > 1",
        'deny := "no"',
        'filter["x"] := 1',
      ].join("\n"),
    });
    const rows = problems.map(({ row, message }) => `${row}: ${message}`);
    expect(rows).toEqual([
      expect.stringMatching(/^2: .*undefined ref: input\.operaton/),
      expect.stringMatching(/^3: .*undefined function sprintf.*template string/),
      expect.stringMatching(/^4: .*undefined function time\.now_ns.*input\.time/),
      expect.stringMatching(/^5: deny must be a set/),
      expect.stringMatching(/^6: filter must be a set/),
      expect.stringMatching(/^6: filter is not an object/),
    ]);
  });

  it("a set where true is wanted is one", async () => {
    expect(await problemsOf({ "a.rego": "package lockkeeper\n\nallow contains 1\n" })).toMatchObject([
      { file: "a.rego", row: 3, message: expect.stringContaining("allow must be true or undefined") },
    ]);
  });

  it("a name of data that is not there is one, since a deny on it would never fire", async () => {
    const rego = 'package lockkeeper\n\ndeny contains "frozen" if data.frozn[input.operation.resource.name]\n';
    const files = { "a.rego": rego, "data.json": '{"frozen": {}}' };
    expect(await problemsOf(files)).toMatchObject([
      { file: "a.rego", row: 3, message: expect.stringContaining("data.frozn") },
    ]);
  });

  it("an input field is known inside resource and time, and free inside attributes and claims", async () => {
    const rego = [
      "package lockkeeper",
      "allow if input.operation.resource.nme == 1",
      "allow if input.time.now_ns > 1",
      'allow if input.principal.claims.tenant == "a"',
      "allow if input.operation.attributes.anything.at.all == 1",
    ].join("\n");
    expect((await problemsOf({ "a.rego": rego })).map(({ row }) => row)).toEqual([2, 3]);
  });

  it("a member that is written out wrong is one at its own place", async () => {
    const rego =
      'package lockkeeper\n\nmask contains {"field": "$.a", "methd": "redact"} if input.operation.verb == "read"\n';
    expect(await problemsOf({ "a.rego": rego })).toMatchObject([
      { file: "a.rego", row: 3, message: expect.stringContaining("methd") },
    ]);
  });

  it("bad data is one, with its place", async () => {
    const problems = await problemsOf({ "a.rego": "package lockkeeper\n", "data.json": '{\n  "a": [1,\n}' });
    expect(problems).toMatchObject([{ file: "data.json", row: 3 }]);
  });

  it("data that would stand in for rules is one", async () => {
    const problems = await problemsOf({
      "a.rego": "package lockkeeper\n",
      "data.json": '{"lockkeeper": {"allow": true}}',
    });
    expect(problems).toMatchObject([{ file: "data.json", message: expect.stringContaining("stand in") }]);
  });

  it("a folder without our package, an empty one and a missing one are ones", async () => {
    expect(await problemsOf({ "a.rego": "package lockkeper\nallow if true\n" })).toMatchObject([
      { message: expect.stringContaining("no file is in package lockkeeper") },
    ]);
    expect(await problemsOf({})).toHaveLength(1);
    const missing = await compilePolicy(await readSources("/does/not/exist"), await compiler());
    expect(missing).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining("cannot be read") }] });
  });

  it("a package that is the gateway's is one", async () => {
    const files = { "a.rego": "package lockkeeper\n", "b.rego": "package lockkeeper_prelude\n\none := 1\n" };
    expect(await problemsOf(files)).toMatchObject([
      { file: "b.rego", message: expect.stringContaining("belongs to the gateway") },
    ]);
  });

  it("a failing test is one, with what failed", async () => {
    const files = {
      "a.rego": 'package lockkeeper\n\nallow if input.operation.verb == "read"\n',
      "a_test.rego": [
        "package lockkeeper_test",
        "import data.lockkeeper",
        'test_write if lockkeeper.allow with input.operation.verb as "write"',
        'test_read if lockkeeper.allow with input.operation.verb as "read"',
      ].join("\n"),
    };
    expect(await problemsOf(files)).toMatchObject([
      { file: "a_test.rego", row: 3, message: expect.stringContaining("lockkeeper_test.test_write") },
    ]);
  });

  it("a test that never ends is killed at the time limit", async () => {
    await using folder = await temporaryFolder();
    const loops =
      "some a in numbers.range(1, 3000)\n\tsome b in numbers.range(1, 3000)\n\tsome c in numbers.range(1, 3000)\n\ta + b + c < 0";
    await writeFiles(folder.path, {
      "a.rego": "package lockkeeper\n",
      "a_test.rego": `package lockkeeper_test\n\ntest_endless if {\n\t${loops}\n}\n`,
    });
    await compiler();
    const { path, version } = await compilerFile(process.env);
    const result = await compilePolicy(await readSources(folder.path), wasmCompiler(path, version, 6_000));
    expect(result).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining("longer than 6000 ms") }],
    });
  });
});

describe("what compiles", () => {
  it("counts files and tests, and has the same revision for the same sources only", async () => {
    const rego = 'package lockkeeper\n\nallow if input.operation.verb == "read"\n';
    const test = 'package t_test\n\ntest_it if data.lockkeeper.allow with input.operation.verb as "read"\n';
    const files = { "a.rego": rego, "a_test.rego": test, "data.json": '{"a": 1}' };
    const [first, again, other] = await Promise.all([
      compileFiles(files),
      compileFiles(files),
      compileFiles({ ...files, "data.json": '{"a": 2}' }),
    ]);
    if (!first.ok || !again.ok || !other.ok) throw new Error("must compile");
    expect(first.policy).toMatchObject({ files: 1, tests: 1, data: { a: 1 } });
    expect(again.policy.revision).toBe(first.policy.revision);
    expect(other.policy.revision).not.toBe(first.policy.revision);
    expect(other.policy.wasm).toEqual(first.policy.wasm);
  });
});

describe("what a policy reads of input", () => {
  it("is told by the constant beginning of each reference, through imports, aliases, with and nesting", async () => {
    const rego = [
      "package lockkeeper",
      "import input.client as c",
      'allow if c.address == "1"',
      'allow if { p := input.principal; p.name == "x" }',
      "allow if some g in input.principal.groups",
      'allow if {"a": 1}[input.operation.resource.name] == 1',
      "allow if count([x | some k; x := input.session[k]]) > 0",
      "helper(x) := y if y := x[input.cluster.name]",
      'allow if helper({"a": true})',
    ].join("\n");
    expect((await inputsOf(rego))?.map((keys) => keys.join(".")).toSorted()).toEqual([
      "client.address",
      "cluster.name",
      "operation.resource.name",
      "principal",
      "principal.groups",
      "session",
    ]);
  });

  it.each([
    ["a plain reference", "allow if input.time.hour > 8"],
    ["an import", "import input.time as t\nallow if t.hour > 8"],
    ["an alias of all of input", "allow if { i := input; i.time.hour > 8 }"],
    ["a key that is computed", 'allow if { some k in ["time"]; input[k].hour > 8 }'],
    ["a walk", "allow if { some path, value; walk(input, [path, value]); value == 9 }"],
    ["an argument", "late(i) if i.time.hour > 8\nallow if late(input)"],
    ["a default of object.get", 'allow if object.get(input, ["time", "hour"], 0) > 8'],
    ["a head", "deny contains input.time.iso"],
    ["an else", 'allow := false if input.operation.verb == "x" else := true if input.time.hour > 8'],
    ["a comprehension in a reference", 'allow if {"1": 1}[concat("", [x | x := input.time.iso])]'],
  ])("shows a policy that looks at the time by %s", async (_, rego) => {
    const inputs = await inputsOf(`package lockkeeper\n${rego}\n`);
    expect(inputs?.some(([first]) => first === undefined || first === "time")).toBe(true);
  });
});
