// Who used the processor while something was measured: the primary, each worker, the clients and the broker's stand-in; and which worker has how many
// of the clients' connections. From Linux's /proc.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { cpuSeconds, family } from "../cpu.ts";

export interface Used {
  /** Cores: seconds of processor in a second. Null where one process serves. */
  readonly primary: number | null;
  readonly serving: readonly number[];
  readonly clients: number;
  readonly broker: number;
}

/** Starts to look; what is returned tells what was used since. */
export function watch(gatewayPid: number, brokerPid: number): () => Used {
  const look = () => ({
    at: performance.now(),
    gateway: new Map(family(gatewayPid).map(({ id, ticks }) => [id, ticks / 100])),
    broker: cpuSeconds(brokerPid),
    own: process.cpuUsage(),
  });
  const before = look();
  return () => {
    const after = look();
    const seconds = (after.at - before.at) / 1_000;
    const of = (id: number) => ((after.gateway.get(id) ?? 0) - (before.gateway.get(id) ?? 0)) / seconds;
    const children = [...after.gateway.keys()].filter((id) => id !== gatewayPid);
    const { user, system } = process.cpuUsage(before.own);
    return {
      primary: children.length > 0 ? of(gatewayPid) : null,
      serving: children.length > 0 ? children.map(of) : [of(gatewayPid)],
      clients: (user + system) / 1e6 / seconds,
      broker: (after.broker - before.broker) / seconds,
    };
  };
}

const established = "01";

/** Connections that clients have to this port of 127.0.0.1, for each process that serves. */
export function connectionsOf(gatewayPid: number, port: number): number[] {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const inodes = new Set(
    readFileSync("/proc/net/tcp", "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1] === local && fields[3] === established)
      .map((fields) => `socket:[${fields[9]}]`),
  );
  const pids = family(gatewayPid).map(({ id }) => id);
  const serving = pids.length > 1 ? pids.filter((id) => id !== gatewayPid) : pids;
  return serving.map((id) => filesOf(id).filter((name) => inodes.has(name)).length);
}

function filesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(`${folder}/${name}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
}
