// Free ports on loopback. A port that was free a moment ago may be taken by somebody else: what can listen on port 0 does that instead.
import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";

export const loopback = "127.0.0.1";

/** `count` different TCP ports on 127.0.0.1 on which nobody listens now; all are held until all are known, so none comes twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    await Promise.all(
      servers.map(async (server) => {
        server.listen(0, loopback);
        await once(server, "listening");
      }),
    );
    return servers.map(portOf);
  } finally {
    for (const server of servers) server.close();
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a TCP port");
  return address.port;
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error("no free port");
  return port;
}

/**
 * `count` ports in a row whose first is returned, for what is served on base + node id. Kept below the ephemeral range (32768),
 * where an outgoing connection of anybody could take one in the meantime.
 */
export async function freePortRange(count: number): Promise<number> {
  const lowest = 20_000;
  const highest = 32_000 - count;
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = lowest + Math.floor(Math.random() * (highest - lowest));
    const taken = await Promise.all(Array.from({ length: count }, (_, index) => isListening(first + index)));
    if (!taken.includes(true)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

/** Whether anybody accepts connections on this port of 127.0.0.1. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect({ host: loopback, port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
