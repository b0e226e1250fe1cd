// Runs one scenario: a request of one API at one version, the policy's word and the broker's answer, all as data, through the real
// session, rule and codec, without a socket. What came of it is compared with what the scenario says.
import { expect } from "vitest";
import { assertNever } from "../../src/base/assert.ts";
import type { Decision, MaskRule, RefusalCause, Verdict } from "../../src/model/decision.ts";
import type { Operation } from "../../src/model/operation.ts";
import type { RewriteRecord } from "../../src/model/record.ts";
import type { Session } from "../../src/model/session.ts";
import { KafkaCluster } from "../../src/protocols/kafka/cluster.ts";
import { ruleOf } from "../../src/protocols/kafka/operations/index.ts";
import type { ApiMessages, Init } from "../../src/protocols/kafka/schema.ts";
import type { AddressBook, AnswerServices, Enforced, Exchange, Step } from "../../src/protocols/protocol.ts";
import type { RecordGuard } from "../../src/protocols/record-guard.ts";
import { type Answering, fakeChannel, knowsTopics } from "./fake-broker.ts";
import { asCarried, correlation, decodeRequest, decodeResponse, requestFrame, responseFrame } from "./frames.ts";
import { maskRule } from "./masking.ts";
import { guardInTest } from "./records.ts";

/** Operations that match are refused; what is not given matches everything. */
export interface Refusing {
  /** `topic.write` */
  readonly operation?: string;
  /** The resource's name. */
  readonly resource?: string;
  /** Anything else that tells operations apart. */
  readonly when?: (operation: Operation) => boolean;
  readonly cause?: RefusalCause;
  readonly message?: string;
  /** The broker's error, where `cause` is `would-fail`. */
  readonly error?: string;
}

export interface Given {
  /** Everything else is allowed. */
  readonly refuse?: readonly Refusing[];
  /** Resources that the policy does not show when only an answer names them. */
  readonly hidden?: readonly string[];
  /** Topics that the broker has: id → name. */
  readonly topics?: Readonly<Record<string, string>>;
  /** Rewrites every record that an allowed operation reads or writes. */
  readonly rewrite?: RewriteRecord;
  /** What the rules say of a batch that cannot be read; `redact` where not given. */
  readonly unreadable?: RecordGuard["unreadable"];
  /** Answers to questions of the gateway's own. */
  readonly asked?: readonly Answering[];
  readonly clientId?: string | null;
}

export interface Then<Req, Res> {
  /** `topic.write orders`, in order. */
  readonly operations?: readonly string[];
  /** What the broker gets: the client's very bytes, a request, or nothing. */
  readonly broker: "unchanged" | "nothing" | Init<Req>;
  /** What the client gets: the broker's very bytes, an answer, silence, the end of its connection, or no answer for abuse. */
  readonly client: "unchanged" | "silence" | "closed" | "aborted" | Init<Res>;
  /** `topic.write orders NONE`, in order. */
  readonly outcomes?: readonly string[];
  /** `read orders[0] 5–9` */
  readonly ranges?: readonly string[];
  /** `orders[0] 1 no`: topic and partition, how many records, the reason. */
  readonly blocked?: readonly string[];
  /** What went without an answer: `orders[0] × 3`. */
  readonly sent?: readonly string[];
}

export interface Scenario<Req = unknown, Res = unknown> {
  readonly name: string;
  /** Both ends of what the gateway offers where not given. */
  readonly versions?: readonly number[];
  readonly given?: Given;
  readonly when: { readonly request: Init<Req>; readonly answer?: Init<Res> };
  readonly then: Then<Req, Res>;
}

/** A scenario for one version of its API, ready to run. */
export interface Case {
  readonly name: string;
  readonly api: ApiMessages;
  readonly version: number;
  readonly scenario: Scenario;
}

export function scenarios<Req, Res>(api: ApiMessages<Req, Res>, list: readonly Scenario<Req, Res>[]): Case[] {
  return list.flatMap((scenario) =>
    (scenario.versions ?? offeredEnds(api.key)).map((version) => ({
      name: `${api.name} v${version}: ${scenario.name}`,
      api: api as unknown as ApiMessages,
      version,
      scenario: scenario as unknown as Scenario,
    })),
  );
}

function offeredEnds(key: number): number[] {
  const versions = theCluster.offered.get(key);
  if (!versions) throw new Error(`API ${key} is not offered: say versions`);
  return [...new Set([versions.min, versions.max])];
}

/** Logged in to a broker that offers everything. Each scenario has its own topic map in a cluster of its own. */
export async function clusterInTest(): Promise<KafkaCluster> {
  const cluster = new KafkaCluster("test");
  await cluster.login(fakeChannel(), null);
  return cluster;
}
const theCluster = await clusterInTest();

export const gatewayHost = "gateway.test";
export const gatewayPorts = 20_000;

export function bookInTest(): AddressBook {
  return {
    learn: () => undefined,
    advertised: (node) => ({ host: gatewayHost, port: gatewayPorts + node }),
  };
}

export function sessionInTest(): Session {
  return {
    id: "ses_test",
    protocol: "kafka",
    cluster: "test",
    listener: "gateway.test:9092",
    node: null,
    client: "127.0.0.1:50000",
    startedAt: 0,
    tls: false,
    identity: { principal: "alice", groups: [], mechanism: "plain", issuer: null, claims: {}, expiresAt: null },
    software: null,
    clientId: null,
  };
}

/** What the session makes of a frame. */
export async function stepOf(frame: Buffer, given: Given = {}): Promise<Step> {
  const cluster = await clusterInTest();
  const session = cluster.session(sessionInTest(), bookInTest(), ["PLAIN"]);
  return session.next(frame, fakeChannel([...(given.asked ?? []), knowsTopics(given.topics ?? {})]));
}

export function verdictsOf(
  operations: readonly Operation[],
  refuse: readonly Refusing[] = [],
  masks: readonly MaskRule[] = [],
): Verdict[] {
  return operations.map((operation) => {
    const found = refuse.find(
      (it) =>
        (it.operation === undefined || it.operation === operation.name) &&
        (it.resource === undefined || it.resource === operation.resource.name) &&
        (it.when === undefined || it.when(operation)),
    );
    if (!found) return { kind: "allow", masks, filters: [], approval: null };
    const { cause = "policy", message = "no", error = null } = found;
    return { kind: "refuse", cause, message, error };
  });
}

export function servicesInTest({ hidden = [], rewrite, unreadable }: Given = {}): AnswerServices {
  return {
    keepsRecords: false,
    judge: (operations) => operations.map(({ resource }) => decisionOf(!hidden.includes(resource.name))),
    recordGuard: () => (rewrite ? guardInTest(() => rewrite, unreadable) : null),
  };
}

function decisionOf(visible: boolean): Decision {
  const decided = { revision: "r", rules: [] };
  return visible
    ? { outcome: "allow", masks: [], filters: [], ...decided }
    : { outcome: "deny", cause: "policy", message: "no", ...decided };
}

export async function runScenario(one: Case): Promise<void> {
  const { api, version, scenario } = one;
  const { given = {}, when, then } = scenario;
  const head = given.clientId === undefined ? {} : { clientId: given.clientId };
  const frame = requestFrame(api, version, when.request, head);
  const step = await stepOf(frame, given);
  if (then.client === "aborted") {
    expect(step.kind).toBe("abort");
    return;
  }
  if (step.kind !== "exchange") throw new Error(`no exchange: ${JSON.stringify(step)}`);
  const { exchange } = step;
  expect(ruleOf(api.key)?.api.name).toBe(exchange.api);
  if (then.operations) expect(exchange.operations.map(nameOf)).toEqual(then.operations);
  const enforced = await exchange.enforce(
    verdictsOf(exchange.operations, given.refuse, given.rewrite ? [maskRule("$")] : []),
    servicesInTest(given),
  );
  await compare(enforced, exchange, frame, one);
}

async function compare(enforced: Enforced, exchange: Exchange, frame: Buffer, one: Case): Promise<void> {
  const { api, version, scenario } = one;
  const { then, when, given } = scenario;
  switch (enforced.kind) {
    case "close":
      expect([then.broker, then.client]).toEqual(["nothing", "closed"]);
      return;
    case "answer":
      expect(then.broker).toBe("nothing");
      compareAnswer(enforced.answer, null, exchange, one);
      return;
    case "forward": {
      if (then.broker === "nothing") throw new Error("went to the broker");
      if (then.broker === "unchanged") expect(enforced.bytes).toBe(frame);
      else expect(decodeRequest(api, version, enforced.bytes)).toEqual(asCarried(api.request, version, then.broker));
      if (!enforced.answered) {
        expect(then.client).toBe("silence");
        const sent = enforced.sent.map(({ topic, partition, records }) => `${topic}[${partition}] × ${records}`);
        if (then.sent) expect(sent).toEqual(then.sent);
        return;
      }
      const answerFrame = responseFrame(api, version, when.answer ?? {});
      const answer = await enforced.answer(answerFrame, servicesInTest(given));
      compareAnswer(answer, answerFrame, exchange, one);
      return;
    }
    default:
      assertNever(enforced);
  }
}

function compareAnswer(
  answer: Extract<Enforced, { kind: "answer" }>["answer"],
  fromBroker: Buffer | null,
  exchange: Exchange,
  { api, version, scenario: { then } }: Case,
): void {
  if (!answer.bytes) throw new Error("an answer without bytes");
  if (then.client === "unchanged") {
    expect(answer.bytes).toEqual([fromBroker]);
    expect(answer.bytes[0]).toBe(fromBroker);
  } else {
    if (typeof then.client === "string") throw new Error(`answered, and not ${then.client}`);
    const bytes = Buffer.concat(answer.bytes);
    expect(bytes.readInt32BE(4)).toBe(correlation);
    expect(decodeResponse(api, version, bytes)).toEqual(asCarried(api.response, version, then.client));
  }
  if (then.outcomes) {
    const told = answer.outcomes.map(({ operation, error }) => {
      const of = exchange.operations[operation];
      return `${of ? nameOf(of) : operation} ${error}`;
    });
    expect(told).toEqual(then.outcomes);
  }
  if (then.ranges) {
    const told = answer.ranges.map(
      (it) => `${it.direction} ${it.topic}[${it.partition}] ${it.firstOffset}–${it.lastOffset}`,
    );
    expect(told).toEqual(then.ranges);
  }
  if (then.blocked) {
    expect(answer.blocked.map((it) => `${it.topic}[${it.partition}] ${it.records} ${it.reason}`)).toEqual(then.blocked);
  }
  // what the recording keeps is made of anything that passes, and says where the records lie
  for (const { pieces, cuts } of [exchange.kept(), answer.kept()]) {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    for (const { at, length } of cuts) expect(at + length).toBeLessThanOrEqual(bytes);
  }
}

export function nameOf({ name, resource }: Operation): string {
  return `${name} ${resource.name}`;
}
