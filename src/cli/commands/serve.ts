// lockkeeper serve: runs the gateway until it is told to stop.
import { Command } from "commander";
import { type Gateway, startGateway } from "../../app.ts";
import { systemClock } from "../../base/clock.ts";
import { createLog } from "../../base/log.ts";
import { type ConfigOption, configOption, readConfig } from "../shared.ts";
import { version } from "../version.ts";

export function serveCommand(): Command {
  return new Command("serve")
    .description("run the gateway")
    .addOption(configOption())
    .addHelpText(
      "after",
      "\nSIGTERM or SIGINT stops it in order: no new connections, work in flight finished, logs closed.",
    )
    .action(serve);
}

async function serve(options: ConfigOption): Promise<void> {
  const config = readConfig(options);
  const log = createLog(config.log.level);
  const stopped = stopSignal();
  const gateway = await startGateway({ config, clock: systemClock, log, version });
  for (const { cluster, address } of gateway.listeners) log.info({ cluster, listener: address }, "listening");
  log.info({ address: gateway.control }, "health");
  void gateway.clustersReady.then(() => tellReady(gateway));
  await stopped;
  log.info({}, "stopping");
  await gateway.stop();
  // a parent that asked for messages must not keep a finished gateway alive
  if (process.connected) process.disconnect();
}

/** A parent process (the demo, tests) learns over IPC when clients can come, and where. */
function tellReady({ listeners, control }: Gateway): void {
  process.send?.({ type: "ready", listeners, control });
}

function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  process.once("disconnect", () => resolve());
  return promise;
}
