// One Kafka session: what the client's next frame means. Login first; then every frame is an API of the table, at a version of
// the table and of the broker, or it is refused. What is not understood is never passed on.
import { assertNever } from "../../base/assert.ts";
import { LockkeeperError } from "../../base/errors.ts";
import type { Cut } from "../../model/recording.ts";
import type { Session } from "../../model/session.ts";
import { type Frame, ownFrame } from "../frame.ts";
import type { AddressBook, BrokerChannel, Exchange, LoginReply, ProtocolSession, Step } from "../protocol.ts";
import { ask } from "./ask.ts";
import type { ClusterFacts } from "./cluster-facts.ts";
import { errorCode } from "./errors.ts";
import { KafkaExchange } from "./exchange.ts";
import { encodeResponseFrame, type RequestHeader, readRequestHeader, sizePrefixBytes } from "./header.ts";
import { apiVersions } from "./messages/api-versions.ts";
import { produce } from "./messages/produce.ts";
import { type SaslAuthenticateResponse, saslAuthenticate } from "./messages/sasl-authenticate.ts";
import { saslHandshake } from "./messages/sasl-handshake.ts";
import { misrouted } from "./misrouted.ts";
import { ruleOf } from "./operations/index.ts";
import { PlainProduce } from "./operations/plain-produce.ts";
import { produceAbuse, produceRule } from "./operations/produce.ts";
import type { Ask, RuleContext, VersionRange } from "./rule.ts";
import { type ApiMessages, emptyBytes } from "./schema.ts";
import { isProduce, scanProduce } from "./stream/produce-scan.ts";
import { noTopicId } from "./topics.ts";
import { coverable } from "./versions.ts";
import { versionsAnswer } from "./versions-answer.ts";

/** KIP-511's first version with the client's software name. */
const softwareVersion = 3;

export class KafkaSession implements ProtocolSession {
  readonly #cluster: ClusterFacts;
  readonly #session: Session;
  readonly #book: AddressBook;
  readonly #mechanisms: readonly string[];
  /** The mechanism that a SaslHandshake chose; a login uses it up. */
  #mechanism: string | null = null;
  /** Of the channel that asked last, which is the session's own: one function for all its requests. */
  #asks: { readonly channel: BrokerChannel; readonly ask: Ask } | null = null;
  /** Topic ids whose names the recording has. */
  #toldIds: Set<string> | null = null;

  constructor(cluster: ClusterFacts, session: Session, book: AddressBook, mechanisms: readonly string[]) {
    this.#cluster = cluster;
    this.#session = session;
    this.#book = book;
    this.#mechanisms = mechanisms;
  }

  get #told(): Set<string> {
    return (this.#toldIds ??= new Set());
  }

  next(came: Frame, channel: BrokerChannel | null): Step | Promise<Step> {
    if (channel && isProduce(came)) {
      const plain = this.#plainProduce(came, channel);
      if (plain) return plain;
    }
    const frame = ownFrame(came);
    const header = readRequestHeader(frame);
    this.#session.clientId = header.clientId;
    switch (header.apiKey) {
      case apiVersions.key:
        return this.#apiVersions(frame, header, channel !== null);
      case saslHandshake.key:
        return this.#handshake(frame, header);
      case saslAuthenticate.key:
        return this.#authenticate(frame, header);
      default:
        return channel ? this.#exchange(frame, header, channel) : abort("a request before login");
    }
  }

  /** A Produce request that can be judged without being decoded; null for one that must be. */
  #plainProduce(frame: Frame, channel: BrokerChannel): Step | null {
    const scanned = scanProduce(frame);
    if (scanned === null) return null;
    const { header, topics } = scanned;
    if (!within(header.apiVersion, this.#cluster.offered.get(produce.key))) return null;
    if (topics.some(({ topicId }) => topicId !== noTopicId && this.#cluster.topics.nameOf(topicId) === undefined))
      return null;
    const context = this.#context(header, channel);
    if (produceAbuse(context)) return null;
    this.#session.clientId = header.clientId;
    const decoded = (whole: Buffer): Exchange => {
      const { bodyOffset } = readRequestHeader(whole);
      const request = produce.request.decode(whole, bodyOffset, header.apiVersion);
      const parts = { request, frame: whole, decoded: whole, header: { ...header, bodyOffset }, context };
      return new KafkaExchange(produceRule, { ...parts, asker: (other) => this.#asker(other), told: this.#told });
    };
    return { kind: "exchange", exchange: new PlainProduce(frame, scanned, context, this.#told, decoded) };
  }

  #exchange(frame: Buffer, header: RequestHeader, channel: BrokerChannel): Step | Promise<Step> {
    const rule = ruleOf(header.apiKey);
    const { apiVersion } = header;
    if (!rule) return refuse(`API ${header.apiKey}`, apiVersion);
    if (!within(apiVersion, this.#cluster.offered.get(header.apiKey))) return refuse(rule.api.name, apiVersion);
    const { value: request, end } = rule.api.request.decodeStart(frame, header.bodyOffset, apiVersion);
    const known = end === frame.length ? frame : upTo(frame, end);
    const context = this.#context(header, channel);
    const abuse = rule.abuse?.(request, context);
    if (abuse) return abort(abuse);
    const asker = (other: BrokerChannel) => this.#asker(other);
    const parts = { request, frame: known, decoded: frame, header, context, asker, told: this.#told };
    const make = (): Step => ({ kind: "exchange", exchange: new KafkaExchange(rule, parts) });
    const prepared = rule.prepare?.(request, context);
    return prepared ? prepared.then(make) : make();
  }

  #context(header: RequestHeader, channel: BrokerChannel): RuleContext {
    return {
      version: header.apiVersion,
      clientId: header.clientId,
      session: this.#session,
      topics: this.#cluster.topics,
      book: this.#book,
      ask: this.#asker(channel),
    };
  }

  #asker(channel: BrokerChannel): Ask {
    if (this.#asks?.channel !== channel) this.#asks = { channel, ask: this.#askerOf(channel) };
    return this.#asks.ask;
  }

  #askerOf(channel: BrokerChannel): Ask {
    return async (api, version, request) => {
      // an older broker would close the connection
      const offer = this.#cluster.versions.apiKeys.find(({ apiKey }) => apiKey === api.key);
      if (!within(version, offer && { min: offer.minVersion, max: offer.maxVersion }))
        throw new LockkeeperError("version-unsupported", `the broker does not offer ${api.name} version ${version}`);
      return ask(channel, api, version, request);
    };
  }

  // --- what the gateway answers itself --------------------------------------------------------------------------------

  /** KIP-511: a request that is too new is answered in version 0 with error 35 and our range, so that the client asks again. */
  #apiVersions(frame: Buffer, header: RequestHeader, loggedIn: boolean): Step {
    const versions = coverable.get(apiVersions.key);
    if (!versions || !within(header.apiVersion, versions)) {
      const { min: minVersion, max: maxVersion } = versions ?? apiVersions.request.versions;
      const response = apiVersions.response.create({
        errorCode: errorCode("UNSUPPORTED_VERSION"),
        apiKeys: [{ apiKey: apiVersions.key, minVersion, maxVersion }],
      });
      return reply(apiVersions, { ...header, apiVersion: 0 }, response, frame);
    }
    const request = apiVersions.request.decode(frame, header.bodyOffset, header.apiVersion);
    if (header.apiVersion >= softwareVersion) {
      this.#session.software = { name: request.clientSoftwareName, version: request.clientSoftwareVersion };
    }
    const { clusterId } = this.#cluster;
    const wrong = misrouted(request, header.apiVersion, { loggedIn, clusterId, node: this.#session.node });
    if (wrong) return reply(apiVersions, header, apiVersions.response.create({ errorCode: errorCode(wrong) }), frame);
    return replyWith(
      versionsAnswer(this.#cluster, header.apiVersion, header.correlationId),
      apiVersions,
      header,
      frame,
    );
  }

  #handshake(frame: Buffer, header: RequestHeader): Step {
    if (!within(header.apiVersion, coverable.get(saslHandshake.key)))
      return refuse(saslHandshake.name, header.apiVersion);
    const { mechanism } = saslHandshake.request.decode(frame, header.bodyOffset, header.apiVersion);
    const known = this.#mechanisms.includes(mechanism);
    this.#mechanism = known ? mechanism : null;
    const code = known ? 0 : errorCode("UNSUPPORTED_SASL_MECHANISM");
    return reply(
      saslHandshake,
      header,
      saslHandshake.response.create({ errorCode: code, mechanisms: this.#mechanisms }),
      frame,
    );
  }

  #authenticate(frame: Buffer, header: RequestHeader): Step {
    if (!within(header.apiVersion, coverable.get(saslAuthenticate.key)))
      return refuse(saslAuthenticate.name, header.apiVersion);
    const mechanism = this.#mechanism;
    if (mechanism === null) return abort("SaslAuthenticate without SaslHandshake");
    const { authBytes } = saslAuthenticate.request.decode(frame, header.bodyOffset, header.apiVersion);
    const { apiVersion: version, correlationId: correlation } = header;
    return {
      kind: "login",
      api: saslAuthenticate.name,
      mechanism,
      bytes: authBytes,
      version,
      correlation,
      reply: (result) => {
        if (result.kind !== "challenge") this.#mechanism = null;
        return encodeResponseFrame(saslAuthenticate, version, correlation, authenticateResponse(result));
      },
      kept: () => ({ pieces: [frame], cuts: [secretCut(frame, authBytes)], notes: { mechanism } }),
      keptReply(result) {
        const blank = { ...authenticateResponse(result), authBytes: emptyBytes };
        return {
          pieces: [encodeResponseFrame(saslAuthenticate, version, correlation, blank)],
          cuts: [],
          notes: { mechanism, result: result.kind },
        };
      },
    };
  }
}

/** librdkafka sends bytes after some messages, and a broker ignores them. Nobody understood them, so they go no further. */
function upTo(frame: Buffer, end: number): Buffer {
  const known = Buffer.from(frame.subarray(0, end));
  known.writeInt32BE(end - sizePrefixBytes, 0);
  return known;
}

/** The mechanism's own bytes, a view of the frame: they are a password, a token or a proof. */
function secretCut(frame: Buffer, secret: Buffer): Cut {
  return { at: secret.byteOffset - frame.byteOffset, length: secret.length, records: null };
}

function within(version: number, versions: VersionRange | undefined): boolean {
  return versions !== undefined && version >= versions.min && version <= versions.max;
}

function authenticateResponse(result: LoginReply): SaslAuthenticateResponse {
  const { create } = saslAuthenticate.response;
  switch (result.kind) {
    case "challenge":
      return create({ authBytes: result.bytes });
    case "success":
      return create({ authBytes: result.bytes, sessionLifetimeMs: BigInt(result.sessionLifetimeMs) });
    case "failure":
      return create({ errorCode: errorCode("SASL_AUTHENTICATION_FAILED"), errorMessage: result.message });
    default:
      return assertNever(result);
  }
}

function reply<Req, Res>(api: ApiMessages<Req, Res>, header: RequestHeader, response: Res, request: Buffer): Step {
  const bytes = encodeResponseFrame(api, header.apiVersion, header.correlationId, response);
  return replyWith(bytes, api, header, request);
}

function replyWith(bytes: Buffer, api: Pick<ApiMessages, "name">, header: RequestHeader, request: Buffer): Step {
  const { apiVersion: version, correlationId: correlation } = header;
  return {
    kind: "reply",
    api: api.name,
    version,
    correlation,
    bytes,
    kept: () => ({ pieces: [request], cuts: [], notes: null }),
  };
}

/** As a broker does: a version that it does not know cannot be answered in a form that the client would read. */
function refuse(api: string, version: number): Step {
  return {
    kind: "refuse",
    api,
    version,
    reason: `${api} version ${version} is not offered by this gateway`,
    bytes: null,
  };
}

function abort(reason: string): Step {
  return { kind: "abort", reason };
}
