// One round of the micro-benchmarks, in a process of its own: argv is OUT-FILE PREFIXES MILLISECONDS. The median of the calls counts, not the mean: what
// else the machine does falls on few of them.
import { writeFile } from "node:fs/promises";
import { Bench } from "tinybench";
import { auditCases } from "./audit.ts";
import { codecCases } from "./codec.ts";
import { maskCases } from "./mask.ts";
import { policyCases } from "./policy.ts";

const [out = "", only = "", milliseconds = "500"] = process.argv.slice(2);
const wanted = (name: string): boolean => only.split(",").some((prefix) => name.startsWith(prefix));
const groups = { codec: codecCases, policy: policyCases, mask: maskCases, audit: auditCases } as const;
const results = [];
for (const makeCases of Object.values(groups)) {
  const { cases, close } = await makeCases();
  for (const { name, unit, each = 1, limit = null, run } of cases.filter((one) => wanted(one.name))) {
    const time = Number(milliseconds);
    const bench = new Bench({ time, warmupTime: time / 2, iterations: 10 });
    bench.add(name, run);
    const [task] = await bench.run();
    const result = task?.result;
    if (result?.state !== "completed") throw new Error(`${name}: ${JSON.stringify(result)}`);
    results.push({ name, unit, limit, microseconds: (result.latency.p50 * 1000) / each });
  }
  await close?.();
}
await writeFile(out, JSON.stringify(results));
