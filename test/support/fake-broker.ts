// A broker for tests, twice: as a channel without a socket (for rules), and as a server on loopback that answers by a script (for
// the pipeline). It offers every API and version of Kafka 4.4 that the codec knows, so that what is missing is the gateway's doing.
import { createServer, type Server, type Socket } from "node:net";
import { LockkeeperError } from "../../src/base/errors.ts";
import type { LookUpBrokers } from "../../src/pipeline/other-brokers.ts";
import { kafkaFramer } from "../../src/protocols/kafka/framing.ts";
import { type RequestHeader, readRequestHeader } from "../../src/protocols/kafka/header.ts";
import { apiVersions } from "../../src/protocols/kafka/messages/api-versions.ts";
import { createTopics } from "../../src/protocols/kafka/messages/create-topics.ts";
import { apiByKey, apis } from "../../src/protocols/kafka/messages/index.ts";
import { metadata } from "../../src/protocols/kafka/messages/metadata.ts";
import type { ApiMessages, Init } from "../../src/protocols/kafka/schema.ts";
import type { BrokerChannel, OtherBrokers } from "../../src/protocols/protocol.ts";
import { decodeRequest, responseFrame } from "./frames.ts";

/** What a broker of Kafka 4.4 says of itself, unstable versions included. */
export const everyVersion = apis.map((api) => ({
  apiKey: api.key,
  minVersion: api.request.versions.min,
  maxVersion: api.request.versions.max,
}));

export function apiVersionsAnswer(header: RequestHeader): Buffer {
  return responseFrame(apiVersions, header.apiVersion, { apiKeys: everyVersion }, header.correlationId);
}

/** An answer to a question of the gateway's own. */
export interface Answering {
  readonly api: ApiMessages;
  answer(request: unknown, version: number): object;
}

/** Types an answering, and forgets the types again. */
export function answering<Req, Res>(
  api: ApiMessages<Req, Res>,
  answer: (request: Req, version: number) => Init<Res>,
): Answering {
  return { api, answer };
}

/** Answers Metadata by topic id or name: a broker that has these topics (id → name), and no other. */
export function knowsTopics(topics: Readonly<Record<string, string>>): Answering {
  const ids = new Map(Object.entries(topics).map(([id, name]) => [name, id]));
  return answering(metadata, (request) => ({
    topics: (request.topics ?? []).map(({ topicId, name }) => {
      const known = name === null ? topics[topicId] : name;
      const id = known === undefined ? undefined : ids.get(known);
      if (known !== undefined && id !== undefined) return { topicId: id, name: known };
      return name === null ? { topicId, name, errorCode: 100 } : { name, errorCode: 3 };
    }),
  }));
}

export interface FakeChannel extends BrokerChannel {
  /** Names of the APIs that the gateway asked on its own. */
  readonly asked: readonly string[];
}

/** A question that nothing answers is a failure of the test. */
export function fakeChannel(answerings: readonly Answering[] = []): FakeChannel {
  const asked: string[] = [];
  return {
    asked,
    async ask(frame) {
      const header = readRequestHeader(frame);
      const api = apiByKey(header.apiKey);
      const found = answerings.find((it) => it.api.key === header.apiKey);
      if (!found && header.apiKey === apiVersions.key) return apiVersionsAnswer(header);
      if (!api || !found)
        throw new Error(`the broker was asked ${api?.name ?? header.apiKey}, which the test has no answer for`);
      asked.push(api.name);
      const answer = found.answer(decodeRequest(api, header.apiVersion, frame), header.apiVersion);
      return responseFrame(api, header.apiVersion, answer, header.correlationId);
    },
  };
}

/** A cluster whose other brokers are all away. */
export function noOthers(): LookUpBrokers {
  return {
    channel: (node) => Promise.reject(new LockkeeperError("broker-unavailable", `there is no broker ${node}`)),
    close: () => {},
  };
}

/** A cluster whose brokers are those that are given; a node without one is away. */
export function othersInTest(brokers: (node: number) => BrokerChannel | undefined): OtherBrokers {
  return { channel: async (node) => brokers(node) ?? noOthers().channel(node) };
}

/** What the fake server does with one frame: bytes to answer with, or null for silence. */
export type Script = (frame: Buffer, header: RequestHeader, socket: Socket) => Buffer | null | Promise<Buffer | null>;

export interface FakeBroker extends AsyncDisposable {
  readonly port: number;
  /** Every frame that arrived, but for the gateway's own: ApiVersions of its login, and what it only tries (validate_only). */
  readonly received: Buffer[];
  readonly sockets: Set<Socket>;
}

/** The gateway's own correlation ids are negative. */
function isTrial(frame: Buffer, { apiKey, apiVersion, correlationId }: RequestHeader): boolean {
  if (correlationId >= 0 || apiKey !== createTopics.key) return false;
  return decodeRequest(createTopics, apiVersion, frame).validateOnly;
}

/** Listens on a free port of loopback. Answers to one connection leave in the order of its requests, as a broker's do. */
export async function startFakeBroker(script: Script): Promise<FakeBroker> {
  const received: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    const framer = kafkaFramer(100 * 1024 * 1024);
    let last: Promise<unknown> = Promise.resolve();
    socket.on("data", (chunk: Buffer) => {
      for (const frame of framer.push(chunk)) {
        const header = readRequestHeader(frame);
        const login = header.apiKey === apiVersions.key;
        if (!login && !isTrial(frame, header)) received.push(Buffer.from(frame));
        last = last.then(async () => {
          const answer = login ? apiVersionsAnswer(header) : await script(frame, header, socket);
          if (answer && !socket.destroyed) socket.write(answer);
        });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    received,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
