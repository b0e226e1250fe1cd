// Re-authentication towards the broker (KIP-368): in time, with nothing of the client's between its messages, and never amid an answer that is owed.
import { describe, expect, it } from "vitest";
import { readRequestHeader } from "../../../src/protocols/kafka/header.ts";
import { apiByKey } from "../../../src/protocols/kafka/messages/index.ts";
import { saslAuthenticate } from "../../../src/protocols/kafka/messages/sasl-authenticate.ts";
import { saslHandshake } from "../../../src/protocols/kafka/messages/sasl-handshake.ts";
import type { LoginClient } from "../../../src/protocols/protocol.ts";
import type { Script } from "../../support/fake-broker.ts";
import { responseFrame } from "../../support/frames.ts";
import { deferred, eventually } from "../../support/wait.ts";
import { type GatewayInTest, startGateway } from "./gateway-in-test.ts";
import { beat, correlationOf, script } from "./traffic-in-test.ts";

const lifetimeMs = 60_000;
const due = lifetimeMs * 0.8;

/** Says two things, so that there is a middle. */
function twoSteps(): LoginClient {
  const messages = ["first", "second"].map((text) => Buffer.from(text));
  return { mechanism: "PLAIN", step: () => messages.shift() ?? null };
}

interface Steps {
  /** Before the answer to a message of the login. */
  readonly login?: () => Promise<void>;
  readonly refuse?: () => boolean;
  readonly beat?: () => Promise<void>;
}

async function start(steps: Steps = {}): Promise<GatewayInTest> {
  const answer: Script = async (frame, header, socket) => {
    const { apiKey, apiVersion, correlationId } = header;
    if (apiKey === saslHandshake.key) return responseFrame(saslHandshake, apiVersion, {}, correlationId);
    if (apiKey === saslAuthenticate.key) {
      await steps.login?.();
      const errorCode = steps.refuse?.() ? 58 : 0;
      const sessionLifetimeMs = BigInt(lifetimeMs);
      return responseFrame(saslAuthenticate, apiVersion, { errorCode, sessionLifetimeMs }, correlationId);
    }
    await steps.beat?.();
    return script(frame, header, socket);
  };
  return startGateway(answer, {
    brokerLogin: (link, again, cluster) =>
      again ? cluster.loginAgain(link, twoSteps()) : cluster.login(link, twoSteps()),
  });
}

const received = ({ broker }: GatewayInTest) =>
  broker.received.map((frame) => apiByKey(readRequestHeader(frame).apiKey)?.name);
const login = ["SaslHandshake", "SaslAuthenticate", "SaslAuthenticate"];

describe("a broker that wants a new login now and then", () => {
  it("gets it in time, again and again, while the client's session goes on", async () => {
    await using gateway = await start();
    const client = await gateway.loggedIn();
    for (let round = 1; round <= 3; round++) {
      gateway.clock.advance(due);
      await eventually(() => received(gateway).length === (round + 1) * login.length + round - 1);
      client.send(beat("g", round));
      expect(correlationOf(await client.answer())).toBe(round);
    }
    expect(received(gateway)).toEqual([...login, ...login, "Heartbeat", ...login, "Heartbeat", ...login, "Heartbeat"]);
  });

  it("hears nothing else between the messages of the login", async () => {
    let [open, asked] = [deferred(), 0];
    open.resolve();
    await using gateway = await start({
      login: () => {
        asked++;
        return open.promise;
      },
    });
    const client = await gateway.loggedIn();
    open = deferred();
    gateway.clock.advance(due);
    await eventually(() => asked === 3);
    client.send(beat("g", 7));
    await eventually(() => (gateway.sockets[0]?.bytesRead ?? 0) > 0);
    expect(received(gateway).slice(login.length)).toEqual(login.slice(0, 2));
    open.resolve();
    expect(correlationOf(await client.answer())).toBe(7);
    expect(received(gateway)).toEqual([...login, ...login, "Heartbeat"]);
  });

  it("is not asked while it owes an answer", async () => {
    const open = deferred();
    await using gateway = await start({ beat: () => open.promise });
    const client = await gateway.loggedIn();
    client.send(beat("g", 1));
    await eventually(() => received(gateway).length === login.length + 1);
    gateway.clock.advance(due);
    client.send(beat("g", 2));
    open.resolve();
    expect(correlationOf(await client.answer())).toBe(1);
    expect(correlationOf(await client.answer())).toBe(2);
    expect(received(gateway)).toEqual([...login, "Heartbeat", ...login, "Heartbeat"]);
  });

  it("that does not take the credential any more ends the session", async () => {
    let refuse = false;
    await using gateway = await start({ refuse: () => refuse });
    const client = await gateway.loggedIn();
    refuse = true;
    gateway.clock.advance(due);
    await client.closed;
    await eventually(() => gateway.lastWords()?.startsWith("session.aborted: broker-login-failed"));
  });
});

it("a broker that asks for no new login is never logged in at again", async () => {
  await using gateway = await startGateway(script);
  const client = await gateway.loggedIn();
  gateway.clock.advance(10 * lifetimeMs);
  client.send(beat("g", 1));
  await client.answer();
  expect(received(gateway)).toEqual(["Heartbeat"]);
});
