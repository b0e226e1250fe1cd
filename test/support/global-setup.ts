// vitest's globalSetup of the integration project: one Kafka cluster with two brokers and one Redis for all its files, ended afterwards.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { silentLog } from "../../src/base/log.ts";
import { startKafka } from "../../src/demo/parts/kafka.ts";
import { startRedis } from "../../src/demo/parts/redis.ts";
import type { SharedServers } from "./shared.ts";

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-redis-"));
  const [kafka, redis] = await Promise.all([startKafka({ brokers: 2 }), startRedis({ dir, log: silentLog })]);
  const { bootstrap, sasl, users, clusterId } = kafka;
  const servers: SharedServers = { kafka: { bootstrap, sasl, users, clusterId }, redisUrl: redis.url };
  project.provide("servers", servers);
  return async () => {
    await Promise.all([kafka.stop(), redis.stop()]);
    await rm(dir, { recursive: true, force: true });
  };
}
