// What the gateway knows of one Kafka cluster over all sessions: the versions its brokers offer, its topic ids. Learnt at every
// login, so that an upgraded broker is seen by the first client that reaches it.
import { LockkeeperError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Session } from "../../model/session.ts";
import type {
  AddressBook,
  BrokerAddress,
  BrokerChannel,
  LoginClient,
  ProtocolCluster,
  ProtocolSession,
} from "../protocol.ts";
import { requestOfAction } from "./actions/index.ts";
import { ask, clientId } from "./ask.ts";
import type { ClusterFacts } from "./cluster-facts.ts";
import { encodeRequestFrame } from "./header.ts";
import { newestVersion, structFromJson } from "./json-request.ts";
import { type ApiVersionsResponse, apiVersions } from "./messages/api-versions.ts";
import { apis } from "./messages/index.ts";
import { metadata } from "./messages/metadata.ts";
import { saslAuthenticate } from "./messages/sasl-authenticate.ts";
import { saslHandshake } from "./messages/sasl-handshake.ts";
import { rules } from "./operations/index.ts";
import type { AnyStruct, VersionRange } from "./schema.ts";
import { KafkaSession } from "./session.ts";
import { splitByLeader } from "./split-by-leader.ts";
import { TopicMap } from "./topics.ts";
import { VersionQuestion } from "./version-question.ts";
import { advertised, type Coverage, coverable, intersect, type OfferedApi, overlap } from "./versions.ts";

/** What clients give a broker for an admin request; it enters no digest. */
const usualTimeoutMs = 30_000;

/** Versions that every broker since 2.0 answers; the gateway's own needs are small. */
const versionOf = { metadata: 4, saslHandshake: 1, saslAuthenticate: 1 };

/** What the gateway answers itself, and every rule's versions; never more than the codec's table allows. */
const covered: Coverage = new Map([
  ...[apiVersions, saslHandshake, saslAuthenticate].flatMap(({ key }) => coverageOf(key)),
  ...rules.flatMap((rule) => coverageOf(rule.api.key, rule.versions)),
]);

function coverageOf(key: number, versions = coverable.get(key)): [number, VersionRange][] {
  const possible = coverable.get(key);
  const both = possible && versions ? overlap(possible, versions) : null;
  return both ? [[key, both]] : [];
}

export class KafkaCluster implements ProtocolCluster, ClusterFacts {
  readonly name: string;
  readonly topics = new TopicMap();
  clusterId: string | null = null;
  readonly #question = new VersionQuestion();
  #versions: ApiVersionsResponse | null = null;
  #offered: Coverage = new Map();
  #advertised: readonly OfferedApi[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get ready(): boolean {
    return this.#versions !== null;
  }

  /** What the brokers offer. Throws `broker-unavailable` before the first login. */
  get versions(): ApiVersionsResponse {
    if (!this.#versions) throw new LockkeeperError("broker-unavailable", `cluster ${this.name} was not reached yet`);
    return this.#versions;
  }

  /** What clients may use: what our rules cover and the brokers offer. */
  get offered(): Coverage {
    return this.#offered;
  }

  /** The same as the lines of an ApiVersions answer. */
  get advertised(): readonly OfferedApi[] {
    return this.#advertised;
  }

  async login(channel: BrokerChannel, client: LoginClient | null): Promise<number> {
    const offer = await this.#question.first(channel);
    const lifetimeMs = await this.loginAgain(channel, client);
    const { response } = await this.#question.more(channel, offer);
    if (response === this.#versions) return lifetimeMs;
    this.#versions = response;
    this.#offered = intersect(response.apiKeys, covered);
    this.#advertised = advertised(this.#offered);
    return lifetimeMs;
  }

  /** KIP-368: the same two requests on a connection that stands. */
  async loginAgain(channel: BrokerChannel, client: LoginClient | null): Promise<number> {
    return client ? authenticate(channel, client) : 0;
  }

  async discover(channel: BrokerChannel): Promise<readonly BrokerAddress[]> {
    const request = metadata.request.create({ topics: [], allowAutoTopicCreation: false });
    const { brokers, clusterId } = await ask(channel, metadata, versionOf.metadata, request);
    this.clusterId = clusterId;
    return brokers.map(({ nodeId, host, port }) => ({ node: nodeId, host, port }));
  }

  session(session: Session, book: AddressBook, mechanisms: readonly string[]): ProtocolSession {
    return new KafkaSession(this, session, book, mechanisms);
  }

  requestFrame(name: string, json: JsonObject): Buffer {
    const api = apis.find((one) => one.name === name);
    const versions = api && this.#offered.get(api.key);
    if (!api || !versions) throw new LockkeeperError("message-malformed", `clients are not offered an API ${name}`);
    const struct = api.request.struct as AnyStruct;
    const patient = struct.fields.some((field) => field.name === "timeoutMs") ? { timeoutMs: usualTimeoutMs } : {};
    const request = structFromJson(struct, { ...patient, ...json }, name);
    const version = Math.min(versions.max, newestVersion(struct, json));
    if (version < versions.min)
      throw new LockkeeperError("message-malformed", `${name}: no version that clients are offered has all of these`);
    return encodeRequestFrame(api, version, 1, clientId, request);
  }

  actionFrame(action: string, parameters: JsonObject): Buffer {
    const { api, request } = requestOfAction(action, parameters);
    return this.requestFrame(api, request);
  }

  asSent(frame: Buffer): ((channel: BrokerChannel) => Promise<readonly Buffer[]>) | null {
    return splitByLeader(frame);
  }
}

/** Resolves with the session lifetime of the last answer, in milliseconds; 0: none. */
async function authenticate(channel: BrokerChannel, client: LoginClient): Promise<number> {
  const { mechanism } = client;
  const handshake = await ask(
    channel,
    saslHandshake,
    versionOf.saslHandshake,
    saslHandshake.request.create({ mechanism }),
  );
  if (handshake.errorCode !== 0) {
    const offered = handshake.mechanisms.join(", ");
    throw new LockkeeperError(
      "broker-login-failed",
      `the broker offers ${offered || "no mechanism"}, not ${mechanism}`,
    );
  }
  let authBytes = await client.step(null);
  let lifetimeMs = 0n;
  while (authBytes) {
    const request = saslAuthenticate.request.create({ authBytes });
    const answer = await ask(channel, saslAuthenticate, versionOf.saslAuthenticate, request);
    if (answer.errorCode !== 0) {
      throw new LockkeeperError("broker-login-failed", "the broker does not accept the gateway's credential");
    }
    lifetimeMs = answer.sessionLifetimeMs;
    authBytes = await client.step(answer.authBytes);
  }
  return Number(lifetimeMs);
}
