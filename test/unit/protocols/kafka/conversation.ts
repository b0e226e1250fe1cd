// Several requests on one connection, for what a rule keeps between them: sessions, subscriptions.

import type { ApiMessages, Init } from "../../../../src/protocols/kafka/schema.ts";
import type { BrokerChannel, Exchange, ProtocolSession } from "../../../../src/protocols/protocol.ts";
import { type Answering, fakeChannel, knowsTopics } from "../../../support/fake-broker.ts";
import { decodeRequest, decodeResponse, requestFrame, responseFrame } from "../../../support/frames.ts";
import {
  bookInTest,
  clusterInTest,
  nameOf,
  type Refusing,
  servicesInTest,
  sessionInTest,
  verdictsOf,
} from "../../../support/scenario.ts";

export interface Turn<Req, Res> {
  readonly operations: readonly string[];
  readonly exchange: Exchange;
  /** What went to the broker; null where it was not asked. */
  readonly broker: Req | null;
  /** True where the client's very bytes went on. */
  readonly unchanged: boolean;
  readonly client: Res;
  readonly omitted: number;
}

export interface Conversation {
  /** One request, refused as `refuse` says; `answer` is the broker's. */
  say<Req, Res>(
    api: ApiMessages<Req, Res>,
    version: number,
    request: Init<Req>,
    more?: { readonly answer?: Init<Res>; readonly refuse?: readonly Refusing[]; readonly hidden?: readonly string[] },
  ): Promise<Turn<Req, Res>>;
  /** Names of the APIs that the gateway asked on its own. */
  readonly asked: readonly string[];
  readonly session: ProtocolSession;
  readonly channel: BrokerChannel;
}

export async function conversation(
  topics: Readonly<Record<string, string>> = {},
  answerings: readonly Answering[] = [],
): Promise<Conversation> {
  const session = (await clusterInTest()).session(sessionInTest(), bookInTest(), ["PLAIN"]);
  const channel = fakeChannel([...answerings, knowsTopics(topics)]);
  return {
    asked: channel.asked,
    session,
    channel,
    async say(api, version, request, { answer = {}, refuse = [], hidden = [] } = {}) {
      const frame = requestFrame(api, version, request);
      const step = await session.next(frame, channel);
      if (step.kind !== "exchange") throw new Error(step.kind);
      const { exchange } = step;
      const operations = exchange.operations.map(nameOf);
      const enforced = await exchange.enforce(verdictsOf(exchange.operations, refuse), servicesInTest());
      if (enforced.kind === "close") throw new Error(enforced.reason);
      const forwarded = enforced.kind === "forward";
      const given =
        enforced.kind === "answer"
          ? enforced.answer
          : await enforced.answer(responseFrame(api, version, answer), servicesInTest({ hidden }));
      return {
        operations,
        exchange,
        broker: forwarded ? decodeRequest(api, version, enforced.bytes) : null,
        unchanged: forwarded && enforced.bytes === frame,
        client: decodeResponse(api, version, Buffer.concat(given.bytes ?? [])),
        omitted: given.omitted,
      };
    },
  };
}
