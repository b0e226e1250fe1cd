// One gateway with its broker's stand-in and clients that are logged in: requests one after the other, round about the clients, and what each
// costs the gateway.
import { apiVersions } from "../../../src/protocols/kafka/messages/api-versions.ts";
import { metadata } from "../../../src/protocols/kafka/messages/metadata.ts";
import { saslAuthenticate } from "../../../src/protocols/kafka/messages/sasl-authenticate.ts";
import { saslHandshake } from "../../../src/protocols/kafka/messages/sasl-handshake.ts";
import { requestFrame } from "../../support/frames.ts";
import { type IdleClient, openClient } from "../clients.ts";
import { cpuSeconds } from "../cpu.ts";
import { openTarget, startBroker, type Target } from "../wire/stage.ts";

export interface Shape {
  readonly topics: number;
  /** Logged in from the beginning; who asks is said with each measurement, the others are silent. */
  readonly connections: number;
}

export interface Asking {
  readonly clients: readonly IdleClient[];
  /** What the so-maniest request says. */
  readonly frame: (index: number) => Buffer;
}

export interface Driven {
  readonly target: Target;
  readonly clients: readonly IdleClient[];
  /** Microseconds of the gateway's processor for each of so many requests, which the clients send in turn. */
  microsecondsEach(asking: Asking, requests: number): Promise<number>;
  /** One more client, logged in. */
  login(): Promise<IdleClient>;
  close(): Promise<void>;
}

const hello = requestFrame(apiVersions, 3, { clientSoftwareName: "bench", clientSoftwareVersion: "1" });
export const everyTopic = requestFrame(metadata, 12, { topics: null, allowAutoTopicCreation: false });
export const partitionBytes = 1_024;
/** Logins under way at a time while the clients come. */
const loginsAtOnce = 32;

/** `env`: of the gateway's process. */
export async function drive(shape: Shape, dir: string, env: Readonly<Record<string, string>> = {}): Promise<Driven> {
  const broker = await startBroker(1, partitionBytes, shape.topics - 1);
  const target = await openTarget("gateway", broker.port, dir, env);
  const authBytes = Buffer.from(`\0bench\0${target.password ?? ""}`);
  const steps = [
    requestFrame(saslHandshake, 1, { mechanism: "PLAIN" }),
    requestFrame(saslAuthenticate, 1, { authBytes }),
  ];
  const clients: IdleClient[] = [];
  const login = async (): Promise<IdleClient> => {
    const client = await openClient(target.address, hello);
    for (const step of steps) await client.ask(step);
    clients.push(client);
    return client;
  };
  while (clients.length < shape.connections) {
    const more = Math.min(loginsAtOnce, shape.connections - clients.length);
    await Promise.all(Array.from({ length: more }, login));
  }
  // as any client does first; ids are known then
  await clients[0]?.ask(everyTopic);
  return {
    target,
    clients,
    login,
    async microsecondsEach({ clients: asking, frame }, requests) {
      const before = cpuSeconds(target.gateway.pid);
      for (let i = 0; i < requests; i++) await asking[i % asking.length]?.ask(frame(i));
      return ((cpuSeconds(target.gateway.pid) - before) / requests) * 1e6;
    },
    async close() {
      for (const client of clients) client.close();
      await target.gateway.stop();
      broker.stop();
    },
  };
}
