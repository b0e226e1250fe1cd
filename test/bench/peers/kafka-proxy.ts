// grepplabs/kafka-proxy as a peer: a pass-through in Go that rewrites brokers' addresses and judges nothing. Its binary is not fetched (the Go
// module proxy refuses it): it is taken from LOCKKEEPER_KAFKA_PROXY or the PATH.
import { join } from "node:path";
import { freePort, isListening, loopback } from "../../../src/demo/parts/ports.ts";
import { start } from "../../../src/demo/parts/process.ts";
import { findProgram } from "../../support/clients.ts";
import { eventually } from "../../support/wait.ts";
import { NotHere, type Peer, type PeerOptions } from "./peer.ts";

export async function startKafkaProxy({ bootstrap, dir }: PeerOptions): Promise<Peer> {
  const binary = process.env["LOCKKEEPER_KAFKA_PROXY"] ?? (await findProgram("kafka-proxy"));
  if (!binary)
    throw new NotHere(
      "kafka-proxy is not to be had here: put its binary on the PATH or name it in LOCKKEEPER_KAFKA_PROXY",
    );
  const port = await freePort();
  const address = `${loopback}:${port}`;
  const args = ["server", "--http-disable", "--default-listener-ip", loopback, "--dynamic-listeners-disable"];
  const mapping = ["--log-level", "warning", "--bootstrap-server-mapping", `${bootstrap},${address}`];
  // it says nothing at this level when it listens: the shell does, and then the port is asked
  const proxy = await start("sh", ["-c", 'echo started; exec "$0" "$@"', binary, ...args, ...mapping], {
    name: "kafka-proxy",
    ready: /^started$/,
    logFile: join(dir, "kafka-proxy.log"),
  });
  await eventually(() => isListening(port), { what: "kafka-proxy listens" });
  return { address, pid: proxy.pid, stop: () => proxy.stop() };
}
