// Second step of set-up, under Node 24: what the demo and the tests need beside npm's packages. Each part is got once and then kept in the
// cache folder (parts/cache.ts), so that everything works offline from then on.
import { silentLog } from "../base/log.ts";
import { findPolicyCompiler } from "../policy/compiler/build.ts";
import { ensureKafkaJars } from "./parts/kafka/jars.ts";
import { ensureRedis } from "./parts/redis.ts";
import { runSteps, type Step } from "./parts/steps.ts";

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
      await findPolicyCompiler(say);
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
