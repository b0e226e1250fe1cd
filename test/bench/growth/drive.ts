// One gateway with its broker's stand-in and clients that are logged in: requests one after the other, round about the clients, and what each
// costs the gateway.
import { apiVersions } from "../../../src/protocols/kafka/messages/api-versions.ts";
import { metadata } from "../../../src/protocols/kafka/messages/metadata.ts";
import { saslAuthenticate } from "../../../src/protocols/kafka/messages/sasl-authenticate.ts";
import { saslHandshake } from "../../../src/protocols/kafka/messages/sasl-handshake.ts";
import { requestFrame } from "../../support/frames.ts";
import { type IdleClient, openClient } from "../clients.ts";
import { cpuSecondsExactly } from "../cpu.ts";
import { openTarget, startBroker, type Target } from "../wire/stage.ts";

export interface Shape {
  readonly topics: number;
  /** Logged in from the beginning; who asks is said with each measurement, the others are silent. */
  readonly connections: number;
}

export interface Asking {
  readonly clients: readonly IdleClient[];
  /** The next request. */
  readonly frame: () => Buffer;
}

export interface Driven {
  readonly target: Target;
  readonly clients: readonly IdleClient[];
  /** So many requests, which the clients send in turn. */
  ask(asking: Asking, requests: number): Promise<void>;
  /** Of the gateway's processor, so far. */
  cpuSeconds(): number;
  /** One more client, logged in. */
  login(): Promise<IdleClient>;
  close(): Promise<void>;
}

const hello = requestFrame(apiVersions, 3, { clientSoftwareName: "bench", clientSoftwareVersion: "1" });
export const everyTopic = requestFrame(metadata, 12, { topics: null, allowAutoTopicCreation: false });
export const partitionBytes = 1_024;
/** Logins under way at a time while the clients come. */
const loginsAtOnce = 32;

export interface Stage {
  /** For files. */
  readonly dir: string;
  /** `gateway`, or the path of another checkout. */
  readonly name: string;
}

export async function drive(shape: Shape, { dir, name }: Stage): Promise<Driven> {
  const broker = await startBroker(1, partitionBytes, { otherTopics: shape.topics - 1 });
  const target = await openTarget(name, broker.port, dir);
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
  let next = 0;
  return {
    target,
    clients,
    login,
    cpuSeconds: () => cpuSecondsExactly(target.gateway.pid),
    async ask({ clients: asking, frame }, requests) {
      for (let i = 0; i < requests; i++) {
        const client = asking[next++ % asking.length];
        await client?.ask(frame());
      }
    },
    async close() {
      for (const client of clients) client.close();
      await target.gateway.stop();
      broker.stop();
    },
  };
}
