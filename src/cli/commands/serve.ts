// lockkeeper serve: runs the gateway until it is told to stop; with --workers as several processes that share its ports.
import cluster from "node:cluster";
import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { workerConfig } from "../../app/workers/config.ts";
import { forkWorkers } from "../../app/workers/fork.ts";
import { primaryOf } from "../../app/workers/primary.ts";
import { takeSeat } from "../../app/workers/seat.ts";
import { superviseWorkers } from "../../app/workers/supervise.ts";
import { type Gateway, startGateway } from "../../app.ts";
import { boundLog } from "../../base/bounded-log.ts";
import { systemClock } from "../../base/clock.ts";
import { LockkeeperError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { createLog, type Log } from "../../base/log.ts";
import type { Config } from "../../config/schema.ts";
import { type ConfigOption, configOption, readConfig } from "../shared.ts";
import { version } from "../version.ts";

interface ServeOptions extends ConfigOption {
  readonly workers?: number;
  /** Set for a worker by the primary. */
  readonly worker?: number;
}

export function serveCommand(): Command {
  return new Command("serve")
    .description("run the gateway")
    .addOption(configOption())
    .option(
      "--workers <count>",
      "processes that share the ports, one a core for instance; instead of gateway.workers",
      workerCount,
    )
    .addOption(new Option("--worker <number>").argParser(workerCount).hideHelp())
    .addHelpText(
      "after",
      "\nSIGTERM or SIGINT stops it in order: no new connections, work in flight finished, logs closed.",
    )
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  const config = readConfig(options);
  const count = options.workers ?? config.gateway.workers;
  if (options.worker !== undefined) return serveAsWorker(config, options.worker, count);
  if (count > 1) return servePrimary(config, count, options);
  const log = boundLog(createLog(config.log.level), systemClock);
  await run(await startGateway({ config, clock: systemClock, log, version }), log, stopSignal());
  // a parent that asked for messages must not keep a finished gateway alive
  if (process.connected) process.disconnect();
}

async function run(gateway: Gateway, log: Log, stopped: Promise<void>): Promise<void> {
  for (const { cluster: its, address } of gateway.listeners) log.info({ cluster: its, listener: address }, "listening");
  log.info({ address: gateway.control }, "health");
  void gateway.clustersReady.then(() => tellReady(gateway));
  await stopped;
  log.info({}, "stopping");
  await gateway.stop();
}

async function servePrimary(config: Config, count: number, { config: file }: ConfigOption): Promise<void> {
  const log = boundLog(createLog(config.log.level), systemClock);
  if (count > availableParallelism())
    log.warn({ count }, "more workers than cores: they compete with each other and with nobody else's gain");
  const stopped = stopSignal();
  const fork = forkWorkers(["serve", "--config", file, "--workers", String(count)]);
  const workers = superviseWorkers({ count, fork, clock: systemClock, log });
  const started = workers.started.then(async (at) => {
    log.info({ count }, "all workers serve");
    await workers.ready;
    tellReady(at);
  });
  try {
    await Promise.race([stopped, started.then(() => stopped)]);
    log.info({}, "stopping");
  } finally {
    await workers.stop();
    if (process.connected) process.disconnect();
  }
}

async function serveAsWorker(config: Config, slot: number, count: number): Promise<void> {
  if (!cluster.isWorker)
    throw new LockkeeperError("config-invalid", "--worker is set by the gateway itself: lockkeeper serve --workers N");
  const log = boundLog(createLog(config.log.level), systemClock).child({ worker: slot });
  const primary = primaryOf(process);
  const seat = takeSeat({ slot, count, auditRoot: config.audit.directory }, primary, systemClock);
  const parts = { config: workerConfig(config, slot, count), clock: systemClock, log, version, worker: seat };
  const gateway = await startGateway(parts);
  const { listeners, control } = gateway;
  primary.send({ type: "started", listeners, control });
  await run(gateway, log, Promise.race([stopSignal(), primary.stopped]));
  primary.leave();
}

/** A parent process (the demo, tests, the primary) learns over IPC when clients can come, and where. */
function tellReady({ listeners, control }: Pick<Gateway, "listeners" | "control">): void {
  process.send?.({ type: "ready", listeners, control });
}

function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  process.once("disconnect", () => resolve());
  return promise;
}

function workerCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= limits.workersMax) return count;
  throw new InvalidArgumentError(`a whole number from 1 to ${limits.workersMax}`);
}
