// Second step of set-up, under Node 24: what the demo and the tests need beside npm's packages. Each part is got once and then kept in the
// cache folder (parts/cache.ts), so that everything works offline from then on.
import { access } from "node:fs/promises";
import { join } from "node:path";
import { silentLog } from "../base/log.ts";
import { ensureKafkaJars } from "./parts/kafka/jars.ts";
import { runOrFail } from "./parts/process.ts";
import { ensureRedis } from "./parts/redis.ts";
import { runSteps, type Step } from "./parts/steps.ts";

const compilerBuild = join(import.meta.dirname, "..", "policy", "compiler", "build.ts");
const goBuildMsMax = 15 * 60_000;

export const demoSteps: readonly Step[] = [
  {
    name: "Kafka",
    ensure: async (say) => {
      await ensureKafkaJars(() => say("fetching Kafka's jars through Maven (once, about 120 MB)"));
    },
  },
  {
    name: "policy compiler",
    ensure: async (say) => {
      await access(compilerBuild);
      const slow = setTimeout(() => say("building OPA's policy compiler with Go (once, about a minute)"), 1_000);
      try {
        const help =
          "OPA's compiler is built by Go 1.24 or later: install it (go.dev/dl) and be online the first time.";
        await runOrFail(process.execPath, [compilerBuild], help, { timeoutMs: goBuildMsMax });
      } finally {
        clearTimeout(slow);
      }
    },
  },
  {
    name: "Redis",
    ensure: async (say) => {
      if (process.env["REDIS_URL"] !== undefined) return;
      await ensureRedis({ log: { ...silentLog, info: (_fields, message) => say(message) } });
    },
  },
];

if (import.meta.main) {
  const ready = await runSteps(demoSteps, (line) => void process.stderr.write(`${line}\n`));
  process.exitCode = ready ? 0 : 1;
}
