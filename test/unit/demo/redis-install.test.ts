// Finding a Redis server, without any network: what is there is used, and what cannot be had is said with what to do.
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { silentLog } from "../../../src/base/log.ts";
import { startRedis } from "../../../src/demo/parts/redis.ts";
import { ensureRedis } from "../../../src/demo/parts/redis-install.ts";

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "lockkeeper-install-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

async function program(path: string): Promise<string> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, "#!/bin/sh\nexit 3\n");
  await chmod(path, 0o755);
  return path;
}

test("a server on the PATH is used before anything is installed", async () => {
  const dir = await folder();
  const server = await program(join(dir, "bin", "valkey-server"));

  const found = await ensureRedis({ log: silentLog, env: { PATH: `${join(dir, "none")}:${join(dir, "bin")}` } });

  expect(found).toBe(server);
});

test("one that was installed before is found without PATH and without network", async () => {
  const dir = await folder();
  const server = await program(join(dir, "valkey-9.1.2.post2", "valkey-server"));

  expect(await ensureRedis({ log: silentLog, env: { PATH: "", LOCKKEEPER_CACHE: dir } })).toBe(server);
});

test("REDIS_URL is used as it is, and never stopped or killed", async () => {
  const redis = await startRedis({ dir: "/nowhere", log: silentLog, env: { REDIS_URL: "redis://cache.test:6379" } });

  expect(redis).toMatchObject({ url: "redis://cache.test:6379", ours: false });
  await expect(redis.stop()).resolves.toBeUndefined();
  await expect(redis.kill()).rejects.toMatchObject({ code: "setup-failed" });
});

test("a server that ends at once is an error with its exit, not a wait", async () => {
  const dir = await folder();
  await program(join(dir, "redis-server"));

  await expect(startRedis({ dir, log: silentLog, env: { PATH: dir } })).rejects.toMatchObject({
    code: "setup-failed",
    message: expect.stringContaining("it ended at once"),
  });
});
