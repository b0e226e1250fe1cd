// A worker as a process (node:cluster, which also shares the port of the HTTP API in turns). Clients' ports are the front door's (front-door.ts).
import cluster from "node:cluster";
import type { FromWorker } from "./messages.ts";
import type { WorkerProcess } from "./supervise.ts";

/** `args`: of this program, for every worker. */
export function forkWorkers(args: readonly string[]): (slot: number) => WorkerProcess {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  return (slot) => {
    cluster.setupPrimary({ args: [...args, "--worker", String(slot)] });
    const worker = cluster.fork();
    return {
      pid: worker.process.pid ?? 0,
      send(message, socket, sent = () => {}) {
        // one that has just died hears nothing more; its end is told by onExit
        if (!worker.isConnected()) return sent(new Error("the worker has ended"));
        worker.send(message, socket, (error) => sent(error));
      },
      kill: () => void worker.process.kill("SIGKILL"),
      onMessage: (take) => void worker.on("message", (message: FromWorker) => take(message)),
      onExit: (ended) => {
        worker.once("exit", (code, signal) => ended(signal ?? `exit code ${code}`));
        worker.on("error", (error) => {
          if (worker.process.pid === undefined) ended(error.message);
        });
      },
    };
  };
}
