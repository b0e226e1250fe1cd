// `npm run bench:profile`: where the gateway's time goes on the hot path. Runs workloads of bench:wire with V8's sampling profiler in the gateway, prints
// a table for each, and keeps the profile for a flame chart (Chrome's DevTools, speedscope) in test/bench/profiles.
//
//   npm run bench:profile -- [--workloads NAME,…] [--mebibytes N] [--functions N]
import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Busy, type CpuProfile, profileTable, whereTimeWent } from "./profile-table.ts";

const { values: options } = parseArgs({
  options: {
    workloads: { type: "string", default: "produce 4 x 64 KiB,consume 4 x 1 MiB,produce 1 x 16 KiB,consume 1 x 1 KiB" },
    mebibytes: { type: "string", default: "1500" },
    functions: { type: "string", default: "15" },
  },
});
const root = join(import.meta.dirname, "..", "..");
const kept = join(import.meta.dirname, "profiles");

async function profiled(workload: string): Promise<Busy> {
  const name = workload.replaceAll(" ", "-");
  const dir = join(kept, name);
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const bench = join(import.meta.dirname, "wire", "run.ts");
  const args = [
    "--targets",
    "gateway",
    "--workloads",
    workload,
    "--rounds",
    "1",
    "--mebibytes",
    options.mebibytes,
    "--profile",
    dir,
  ];
  const child = spawn(process.execPath, [bench, ...args], { stdio: ["ignore", "inherit", "inherit"] });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${bench} ended with ${String(code)}`);
  // threads and short-lived children write theirs, too: the path is where most was done
  const found = await Promise.all(
    (await readdir(dir)).map(async (file) => {
      const profile = JSON.parse(await readFile(join(dir, file), "utf8")) as CpuProfile;
      return { file, busy: whereTimeWent(profile, root) };
    }),
  );
  const [most] = found.toSorted((a, b) => b.busy.microseconds - a.busy.microseconds);
  if (!most) throw new Error("the gateway wrote no profile");
  await rename(join(dir, most.file), join(kept, `${name}.cpuprofile`));
  await rm(dir, { recursive: true });
  return most.busy;
}

for (const workload of options.workloads.split(",")) {
  const busy = await profiled(workload);
  process.stdout.write(`\n${workload}: ${profileTable(busy, Number(options.functions))}\n\n`);
}
