// A whole connection, real but for policy and people, between a client that sends damaged streams and a broker whose answers are random and often damaged.
// Before a login nothing reaches the broker. After it, what reaches it was understood whole, answers keep their order, and every session ends.
import { createHash } from "node:crypto";
import type { Decision } from "../../../src/model/decision.ts";
import type { Operation } from "../../../src/model/operation.ts";
import { clientId as ownClientId } from "../../../src/protocols/kafka/ask.ts";
import { kafkaFramer } from "../../../src/protocols/kafka/framing.ts";
import {
  encodeRequestFrame,
  encodeResponseFrame,
  type RequestHeader,
  readRequestHeader,
} from "../../../src/protocols/kafka/header.ts";
import { apiVersions } from "../../../src/protocols/kafka/messages/api-versions.ts";
import { apiByKey, apis } from "../../../src/protocols/kafka/messages/index.ts";
import { saslAuthenticate } from "../../../src/protocols/kafka/messages/sasl-authenticate.ts";
import { saslHandshake } from "../../../src/protocols/kafka/messages/sasl-handshake.ts";
import { ruleOf } from "../../../src/protocols/kafka/operations/index.ts";
import type { ApiMessages } from "../../../src/protocols/kafka/schema.ts";
import type { Script } from "../../support/fake-broker.ts";
import { decodeRequest, requestFrame } from "../../support/frames.ts";
import { bookInTest, sessionInTest } from "../../support/scenario.ts";
import { allow, deny, type GatewayInTest, hold, startGateway } from "../../unit/pipeline/gateway-in-test.ts";
import { mutated } from "../mutate.ts";
import { type Random, randomOf } from "../random.ts";
import { type FuzzRun, type FuzzTarget, finding, wordsOf } from "../target.ts";
import { sampleOf } from "./messages.ts";

/** A gateway in test keeps what it saw: a fresh one now and then. */
const casesEach = 500;
/** Turns of the event loop until a session whose client has gone must have ended; each is a millisecond of its clock. */
const turnsMax = 20_000;
const namesNothing = { nameOf: () => undefined, idOf: () => undefined };

/** Whether a request names something; what a listing gives is judged in its answer. */
function isJudged({ apiKey, apiVersion: version, clientId }: RequestHeader, request: unknown): boolean {
  const context = { version, clientId, session: sessionInTest(), topics: namesNothing, book: bookInTest() };
  const ask = () => Promise.reject(new Error("nobody is asked"));
  return (ruleOf(apiKey)?.describe(request, { ...context, ask }).length ?? 1) > 0;
}

type Mode = "allow" | "deny" | "mixed";

class Stage {
  readonly #loggedIn: boolean;
  #gateway: GatewayInTest | null = null;
  #cases = 0;
  #random = randomOf(0);
  #mode: Mode = "allow";

  constructor(loggedIn: boolean) {
    this.#loggedIn = loggedIn;
  }

  async run(input: Buffer, random: Random): Promise<string> {
    if (this.#cases++ % casesEach === 0) await this.#renew();
    const gateway = this.#gateway as GatewayInTest;
    this.#random = random;
    this.#mode = random.pick(["allow", "deny", "mixed"]);
    const reached = gateway.broker.received.length;
    const client = this.#loggedIn ? await gateway.loggedIn() : await gateway.client();
    const answers: Buffer[] = [];
    void (async () => {
      for (;;) answers.push(await client.answer());
    })().catch(() => {});
    const half = random.int(input.length + 1);
    client.socket.write(input.subarray(0, half));
    if (this.#loggedIn && random.oneIn(4)) await this.#changePolicy(gateway);
    client.socket.end(input.subarray(half));
    await this.#ended(gateway);
    client.socket.destroy();
    const forwarded = gateway.broker.received.slice(reached);
    this.#check(gateway, input, answers, forwarded);
    const words = wordsOf(gateway.lastWords());
    if (words.includes("internal error")) finding(words);
    return `${words} ${apiOf(input)} ${forwarded.length > 0} ${Math.min(answers.length, 4)} ${this.#mode}`;
  }

  async close(): Promise<void> {
    await this.#gateway?.[Symbol.asyncDispose]();
  }

  async #renew(): Promise<void> {
    await this.close();
    this.#gateway = await startGateway((frame, header, socket) => this.#answer(frame, header, socket), {
      decide: (operation) => this.#decide(operation),
      ask: async () => ({ kind: "denied", message: "no" }) as never,
    });
  }

  #answer(...[_frame, { apiKey, apiVersion, correlationId, clientId }]: Parameters<Script>): Buffer | null {
    const random = this.#random;
    const api = apiByKey(apiKey);
    // silence to a question of the gateway's own ends the link after seconds of the real clock
    if (!api || (clientId !== ownClientId && random.oneIn(10))) return null;
    const response = api.response.decode(sampleOf(api.response, apiVersion, random), 0, apiVersion);
    const frame = encodeResponseFrame(api, apiVersion, correlationId, response);
    if (random.oneIn(2)) return frame;
    // past the correlation id, or only the order would be tried
    const body = mutated(frame.subarray(8), random, frame);
    const damaged = Buffer.concat([frame.subarray(0, 8), body]);
    damaged.writeInt32BE(damaged.length - 4);
    return damaged;
  }

  #decide(operation: Operation): Decision {
    if (this.#mode !== "mixed") return this.#mode === "allow" ? allow : deny;
    const dice = createHash("md5").update(`${operation.name} ${operation.resource.name}`).digest()[0] ?? 0;
    return dice < 100 ? deny : dice < 120 ? hold : allow;
  }

  async #changePolicy(gateway: GatewayInTest): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#mode = "mixed";
    gateway.steering.revision = `r${this.#cases}`;
    gateway.connections.at(-1)?.policyChanged();
  }

  async #ended(gateway: GatewayInTest): Promise<void> {
    // what was on its way to the broker has come there once its socket is closed
    const isOver = () => gateway.ended.count === gateway.connections.length && gateway.broker.sockets.size === 0;
    for (let turn = 0; !isOver(); turn++) {
      if (turn > turnsMax) finding("the session does not end although its client has gone");
      gateway.clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #check(gateway: GatewayInTest, input: Buffer, answers: readonly Buffer[], forwarded: readonly Buffer[]): void {
    const session = gateway.sessions.at(-1);
    if (!session?.identity && forwarded.length > 0) finding("a frame reached the broker before the login");
    for (const frame of forwarded) {
      const header = readRequestHeader(frame);
      const api = apiByKey(header.apiKey);
      if (!api) finding(`API ${header.apiKey} reached the broker`);
      const request = decodeRequest(api, header.apiVersion, frame);
      if (this.#mode === "deny" && header.clientId !== ownClientId && isJudged(header, request)) {
        finding(`${api?.name} v${header.apiVersion} reached the broker although everything is denied`);
      }
    }
    const asked = this.#loggedIn ? correlationsOf(input) : null;
    for (const answer of answers) {
      const at = asked?.indexOf(answer.readInt32BE(4)) ?? 0;
      if (at < 0) finding(`an answer to ${answer.readInt32BE(4)}, which was not asked or was answered`);
      asked?.splice(0, at + 1);
    }
  }
}

function framesOf(input: Buffer): Buffer[] {
  const framer = kafkaFramer(8 * 1024 * 1024);
  const frames: Buffer[] = [];
  // one byte after the other would be slow, all at once loses what came before a bad size
  for (let at = 0; at < input.length; at += 16) {
    try {
      frames.push(...framer.push(input.subarray(at, at + 16)));
    } catch {
      break;
    }
  }
  return frames;
}

function correlationsOf(input: Buffer): number[] {
  return framesOf(input)
    .filter((frame) => frame.length >= 12)
    .map((frame) => frame.readInt32BE(8));
}

function apiOf(input: Buffer): string {
  const [first] = framesOf(input);
  return first && first.length >= 8 ? `${first.readInt16BE(4)} ${first.readInt16BE(6)}` : "nothing";
}

let correlation = 0;

function randomRequest(random: Random): Buffer {
  const api = random.pick<ApiMessages>(apis);
  const { min, max } = api.request.versions;
  const version = min + random.int(max - min + 1);
  const request = api.request.decode(sampleOf(api.request, version, random), 0, version);
  return encodeRequestFrame(api, version, ++correlation, "fuzz", request);
}

/** What a client says before it may say anything, right or wrong. */
function loginFrames(random: Random): Buffer[] {
  const passwords = ["secret", "wrong", ""];
  return [
    requestFrame(apiVersions, random.int(5), { clientSoftwareName: "fuzz", clientSoftwareVersion: "1" }),
    requestFrame(saslHandshake, random.int(2), { mechanism: random.pick(["PLAIN", "GSSAPI", ""]) }),
    requestFrame(saslAuthenticate, random.int(3), { authBytes: Buffer.from(`\0alice\0${random.pick(passwords)}`) }),
  ];
}

function target(name: string, what: string, loggedIn: boolean, sample: (random: Random) => Buffer[]): FuzzTarget {
  return {
    name,
    what,
    start(): FuzzRun {
      const stage = new Stage(loggedIn);
      return {
        sample: (random) => Buffer.concat(sample(random)),
        run: (input, random) => stage.run(input, random),
        [Symbol.asyncDispose]: () => stage.close(),
      };
    },
  };
}

export const beforeLogin = target(
  "before-login",
  "streams before and through a login: nothing reaches the broker before it, every session ends",
  false,
  (random) => [...loginFrames(random).filter(() => !random.oneIn(4)), randomRequest(random)],
);

export const afterLogin = target(
  "after-login",
  "requests of every API after a login, and damaged answers: what reaches the broker was understood, order is kept, every session ends",
  true,
  (random) => Array.from({ length: 1 + random.int(3) }, () => randomRequest(random)),
);
