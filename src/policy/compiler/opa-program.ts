// The fallback where Go is missing: an `opa` program on the PATH does the same steps. It cannot tell what a policy reads of input
// (so nothing is cached), nor where a rule of ours has the wrong shape (so that is found when it runs, as a denial).
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { LockkeeperError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { readTarGz } from "../tar.ts";
import type { CompilerAnswer, CompilerRequest, PolicyCompiler } from "./protocol.ts";

const location = z.object({ file: z.string(), row: z.number(), col: z.number() });
const errorsSchema = z.object({ errors: z.array(z.object({ message: z.string(), location: location.optional() })) });
const testsSchema = z.array(
  z.object({
    location,
    package: z.string(),
    name: z.string(),
    fail: z.boolean().optional(),
    skip: z.boolean().optional(),
    error: z.unknown().optional(),
  }),
);
const capabilitiesSchema = z.looseObject({ builtins: z.array(z.looseObject({ name: z.string() })) });

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export function opaProgramCompiler(program: string, timeLimitMs: number = limits.policyCompileMsMax): PolicyCompiler {
  return {
    version: "opa-program",
    async run(request) {
      const directory = await mkdtemp(join(tmpdir(), "lockkeeper-opa-"));
      const opa = (...args: string[]) => run(program, args, join(directory, "policy"), timeLimitMs);
      try {
        await mkdir(join(directory, "policy"));
        await writeRequest(directory, request, await opa("capabilities", "--current"));
        return await steps(directory, request, opa);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

async function steps(
  directory: string,
  request: CompilerRequest,
  opa: (...args: string[]) => Promise<Ran>,
): Promise<CompilerAnswer> {
  const answer: CompilerAnswer = {
    version: "opa-program",
    problems: [],
    tests: [],
    inputs: null,
    literals: [],
    unformatted: [],
  };
  const common = ["--capabilities", "../capabilities.json"];
  const checked = await opa("check", "--format=json", "--max-errors=0", "--schema=../schema.json", ...common, ".");
  answer.problems.push(...problemsIn(checked));
  if (answer.problems.length === 0 && request.steps.includes("test")) {
    const tested = await opa("test", "--format=json", ...common, ".", "../data.json");
    if (tested.code !== 0 && tested.out.trim() === "") answer.problems.push(...problemsIn(tested));
    else answer.tests.push(...testsSchema.parse(JSON.parse(tested.out || "[]")).map(testOf));
  }
  if (answer.problems.length === 0 && request.steps.includes("build")) {
    const names = request.entrypoints.flatMap((name) => ["--entrypoint", name]);
    const target = ["--target=wasm", "--optimize=0", "--ignore=*_test.rego", "--output=../bundle.tar.gz"];
    const built = await opa("build", ...target, ...names, ...common, ".", "../prelude");
    answer.problems.push(...problemsIn(built));
    if (built.code === 0) {
      const wasm = readTarGz(await readFile(join(directory, "bundle.tar.gz"))).get("policy.wasm");
      if (wasm !== undefined) answer.wasm = wasm.toString("base64");
    }
  }
  return answer;
}

async function writeRequest(directory: string, request: CompilerRequest, capabilities: Ran): Promise<void> {
  const all = capabilitiesSchema.parse(JSON.parse(capabilities.out));
  const kept = { ...all, builtins: all.builtins.filter(({ name }) => request.builtins.includes(name)), allow_net: [] };
  const put = async (path: string, text: string) => {
    const target = join(directory, path);
    if (!target.startsWith(`${directory}/`))
      throw new LockkeeperError("policy-invalid", `${path} leaves the policy folder`);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text, { mode: 0o600 });
  };
  await put("capabilities.json", JSON.stringify(kept));
  await put("schema.json", JSON.stringify(request.schema));
  await put("data.json", JSON.stringify(request.data));
  for (const [path, text] of Object.entries(request.modules)) await put(`policy/${path}`, text);
  for (const [path, text] of Object.entries(request.prelude)) await put(`prelude/${path}`, text);
}

function problemsIn(ran: Ran): CompilerAnswer["problems"] {
  if (ran.code === 0) return [];
  const text = ran.out.trim().startsWith("{") ? ran.out : ran.err;
  try {
    return errorsSchema.parse(JSON.parse(text)).errors.map((error) => ({
      file: error.location?.file ?? "",
      row: error.location?.row ?? 0,
      column: error.location?.col ?? 0,
      message: error.message,
    }));
  } catch {
    return [{ file: "", row: 0, column: 0, message: `opa: ${text.trim().slice(0, 2_000)}` }];
  }
}

function testOf(test: z.infer<typeof testsSchema>[number]): CompilerAnswer["tests"][number] {
  const failed = test.error === undefined ? test.fail === true : true;
  return {
    file: test.location.file,
    row: test.location.row,
    column: test.location.col,
    name: `${test.package.replace(/^data\./, "")}.${test.name}`,
    outcome: test.skip === true ? "skip" : failed ? "fail" : "pass",
    message: failed ? "the test failed" : "",
  };
}

function run(program: string, args: readonly string[], cwd: string, timeLimitMs: number): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd,
      timeout: timeLimitMs,
      killSignal: "SIGKILL",
      maxBuffer: limits.policySourceBytesMax,
    } as const;
    execFile(program, args, options, (error, out, err) => {
      if (error === null) resolve({ code: 0, out, err });
      else if (typeof error.code === "number") resolve({ code: error.code, out, err });
      else
        reject(new LockkeeperError("setup-failed", `${program} could not be run: ${error.message}`, { cause: error }));
    });
  });
}
