// What a protocol gives to the pipeline, and what it may ask of it. A second protocol is a second folder that implements this.
// A protocol knows bytes and meaning; it holds no socket, decides nothing, and waits for nobody but the broker.
import type { JsonObject } from "../base/json.ts";
import type { Sensitive } from "../base/sensitive.ts";
import type { DataRange, DataSent } from "../model/audit-event.ts";
import type { Allowed, Decision, Verdict } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import type { KeptFrame } from "../model/recording.ts";
import type { Session } from "../model/session.ts";
import type { Frame } from "./frame.ts";
import type { RecordGuard } from "./record-guard.ts";

/** Takes a frame's bytes as they come, the size prefix first. */
export interface FrameSink {
  /** A view of a chunk. */
  push(piece: Buffer): void;
  /** All of the frame has come. */
  end(): void;
}

export interface FrameReceiver {
  /** Asked at the head of a frame that is not there whole: a sink gets it as it comes, null has it kept. */
  begin?(head: Buffer, frameBytes: number): FrameSink | null;
  /**
   * Asked at the head of a frame of which all is kept until it is there: memory for so many bytes, into which they are put together as they
   * come. Null has it kept in its pieces.
   */
  room?(frameBytes: number): Buffer | null;
  /** A whole frame, which the receiver owns from now on (protocols/frame.ts). */
  frame(frame: Frame): void;
}

/** Cuts a byte stream into frames, which are views of the chunks. */
export interface Framer {
  /** Throws LockkeeperError `frame-malformed` or `frame-too-large`, and what the receiver throws; the connection then closes. */
  feed(chunk: Buffer, receiver: FrameReceiver): void;
  /** The same for those who want whole frames. */
  push(chunk: Buffer): Buffer[];
  /** Bytes of an unfinished frame. */
  readonly pendingBytes: number;
  /** Raised after login. */
  frameBytesMax: number;
}

/** What happened to one operation at the broker, or instead of it. */
export interface OperationOutcome {
  /** Index into the exchange's operations. */
  readonly operation: number;
  /** The error's name, `NONE` for success. */
  readonly error: string;
}

/** Records of one partition that were not written, since a rule does not let them pass or they cannot be read. */
export interface BlockedRecords {
  readonly topic: string;
  readonly partition: number;
  /** Those that the reason is about, up to limits.refusedRecordsMax; 0 where nobody could look at them. None of the batch was written. */
  readonly records: number;
  /** One public sentence, never a value. */
  readonly reason: string;
}

/** An answer on its way to the client. */
export interface Answer {
  /** Whole frame in one or more pieces, or null where the protocol has no answer. */
  readonly bytes: readonly Buffer[] | null;
  /** Nothing of the broker's frame is in `bytes`, nor kept anywhere: once this has left for the client, the frame's memory may be used again. */
  readonly spent?: boolean;
  /** Bytes of a streamed answer that have left already; none where there is no such thing. */
  readonly streamedBytes?: number;
  readonly outcomes: readonly OperationOutcome[];
  /** Offsets that were read or written, for the audit log. */
  readonly ranges: readonly DataRange[];
  /** Masks that could not be applied, by rule. */
  readonly maskFailures: Readonly<Record<string, number>>;
  /** Records that the request wanted to write and that were refused, though the write as such was allowed. */
  readonly blocked: readonly BlockedRecords[];
  /** How many things were left out of a listing because the caller may not see them. */
  readonly omitted: number;
  /** What the recording keeps of it, as the client gets it; made only when asked for. */
  kept(): KeptFrame;
}

/** What a protocol may ask of the pipeline while it enforces a request or turns a broker's answer into the client's. */
export interface AnswerServices {
  /** True where the recording keeps this exchange's records: they must be seen whole then. */
  readonly keepsRecords: boolean;
  /** Judges what only the answer names (listed topics, groups). Never holds: `hold` counts as not visible. */
  judge(operations: readonly Operation[]): readonly Decision[];
  /** What masks and filters a verdict's records of a topic, or null when they pass as they are. */
  recordGuard(verdict: Allowed, topic: string): RecordGuard | null;
}

/** An answer that leaves as it comes: checked and told while it passes, nothing kept but what is not understood yet. */
export interface AnswerStream {
  /**
   * Takes the answer's next bytes, size prefix first; returns what may leave now, in as many bytes in all as came in.
   * Throws LockkeeperError `message-malformed` or `broker-protocol`: both connections then close.
   */
  push(piece: Buffer): readonly Buffer[];
  /** After the last bytes, or when the broker went away amid them: what has left so far. Its `bytes` are null. */
  end(): Answer;
}

export interface EarlyAnswer {
  answer(judgedAgain: readonly Verdict[]): Answer;
  late(frame: Buffer): void;
}

/** What enforcement decided to do with one request. */
export type Enforced =
  /** `bytes` goes to the broker; where `answered`, its next answer belongs to `answer`. */
  | {
      readonly kind: "forward";
      readonly bytes: Frame;
      readonly answered: boolean;
      /** Data that goes without an answer, so that no offset of it is ever known. */
      readonly sent: readonly DataSent[];
      /** `judgedAgain`: stricter verdicts, where the policy changed while the broker was asked. */
      answer(frame: Buffer, services: AnswerServices, judgedAgain?: readonly Verdict[]): Answer | Promise<Answer>;
      /** Asked when a large answer begins; null (or none) where it has to be seen whole. */
      stream?(services: AnswerServices): AnswerStream | null;
      /**
       * The client's answer without the broker's, where the policy takes something away while the broker still thinks. The broker's
       * answer is then given to `late` and goes nowhere. Null where the request has to wait.
       */
      readonly early?: EarlyAnswer | null;
    }
  /** The broker is not asked. */
  | { readonly kind: "answer"; readonly answer: Answer }
  /** There is no way to say no in this request's form (acks=0). */
  | { readonly kind: "close"; readonly reason: string };

/** One request on its way: decoded, described, waiting for its verdicts. */
export interface Exchange {
  readonly api: string;
  readonly version: number;
  readonly correlation: number;
  /** What is to be judged. Empty: the request touches nothing that needs judging (ApiVersions), and passes. */
  readonly operations: readonly Operation[];
  /** True where DESIGN §6 says that the operation is never held: a `hold` then becomes a refusal. */
  readonly neverHeld: boolean;
  /** True where this API, in this version, can tell a client to come again later and the client does. */
  readonly nativeWait?: boolean;
  /**
   * True where the effect is the answer itself (records that are read): it is judged by the policy in force when it leaves. Everything else
   * has taken effect at the broker by then.
   */
  readonly delivers?: boolean;
  /**
   * Facts for approvers and for pinning, asked of the broker just before people are asked. `others` are asked what only they know; null where
   * nothing but what is pinned is wanted.
   */
  facts(operation: number, others: OtherBrokers | null): Promise<ExchangeFacts>;
  /**
   * One verdict for each operation, in order. A promise where records are written that have to be masked first: no later request of
   * the connection may be enforced before it has settled, since its records would overtake these.
   */
  enforce(verdicts: readonly Verdict[], services: AnswerServices): Enforced | Promise<Enforced>;
  /** True where the request holds records: they are kept as they are sent on, not as they came. */
  readonly carriesRecords: boolean;
  /** What the recording keeps of the request as it came; secrets and records are cut. Made only when asked for. */
  kept(): KeptFrame;
}

export interface ExchangeFacts {
  /** Enters the digest: ids and old values that must still hold when the operation runs. */
  readonly pinned: JsonObject;
  /** Shown to approvers. */
  readonly shown: JsonObject;
  /** What the request leaves open, as it is now and as it will be put in (an offset for -1). Does not enter the digest: a resend must fit. */
  readonly bound?: JsonObject;
  /** Canonical text of what nobody may see; a keyed hash of it enters the digest. */
  readonly secret?: Sensitive<string>;
  /** Set when the broker says that the request would fail: the name of its error. People are not asked then. */
  readonly wouldFail: string | null;
}

/** What the client's next frame means. */
export type Step =
  | { readonly kind: "exchange"; readonly exchange: Exchange }
  /** Answered by the gateway, nothing to judge: SaslHandshake, ApiVersions before login. */
  | {
      readonly kind: "reply";
      readonly api: string;
      readonly version: number;
      readonly correlation: number;
      readonly bytes: Buffer;
      /** What the recording keeps of the request. */
      kept(): KeptFrame;
    }
  /** Bytes of a login mechanism; `reply` encodes what the mechanism answered. */
  | {
      readonly kind: "login";
      readonly api: string;
      readonly mechanism: string;
      readonly bytes: Buffer;
      readonly version: number;
      readonly correlation: number;
      reply(result: LoginReply): Buffer;
      /** What the recording keeps of the request, and of a reply: never the mechanism's own bytes. */
      kept(): KeptFrame;
      keptReply(result: LoginReply): KeptFrame;
    }
  /** Refused in the protocol's own form: unlisted API or version. Audited as a denial. */
  | {
      readonly kind: "refuse";
      readonly api: string;
      readonly version: number;
      readonly reason: string;
      readonly bytes: Buffer | null;
    }
  /** Not this protocol, or not allowed in this state: audited, then closed. */
  | { readonly kind: "abort"; readonly reason: string };

export type LoginReply =
  | { readonly kind: "challenge"; readonly bytes: Buffer }
  | { readonly kind: "success"; readonly bytes: Buffer; readonly sessionLifetimeMs: number }
  | { readonly kind: "failure"; readonly message: string };

/** The broker side of one session, as a protocol sees it. */
export interface BrokerChannel {
  /**
   * Sends a question of the gateway's own and resolves with its answer's frame. Keeps its place between forwarded requests.
   * Rejects with LockkeeperError `broker-unavailable`.
   */
  ask(frame: Buffer): Promise<Buffer>;
}

/** The cluster's brokers by node, logged in as the session's caller: for questions that only some of them can answer. */
export interface OtherBrokers {
  /** The same channel each time. Rejects with LockkeeperError where that broker cannot be asked, or no longer. */
  channel(node: number): Promise<BrokerChannel>;
}

/** Maps broker nodes to the addresses that clients are told. */
export interface AddressBook {
  /** Learns the brokers of an answer; resolves once each has a listener, so that the answer may leave. */
  learn(brokers: readonly BrokerAddress[]): Promise<void> | void;
  /** What clients are told for a node. Throws LockkeeperError `broker-protocol` for a node that was never learnt. */
  advertised(node: number): { readonly host: string; readonly port: number };
}

export interface BrokerAddress {
  readonly node: number;
  readonly host: string;
  readonly port: number;
}

/** A SASL mechanism on the gateway's side towards the broker. Credentials stay inside. */
export interface LoginClient {
  /** Its SASL name: `PLAIN`, `SCRAM-SHA-256`. */
  readonly mechanism: string;
  /**
   * The next bytes for the broker; `challenge` is null at the start. Null when nothing more is to be sent. The broker's last
   * bytes are given in as well: in SCRAM they hold the proof that it is the broker.
   */
  step(challenge: Buffer | null): Promise<Buffer | null> | Buffer | null;
}

/** What a protocol keeps for one cluster over all its sessions: versions, topic ids. */
export interface ProtocolCluster {
  /** True once `login` has learnt what the broker offers; a session cannot begin before. */
  readonly ready: boolean;
  /**
   * Logs a fresh broker connection in. Resolves with the milliseconds for which the broker takes the login; 0: for ever.
   * Rejects with `broker-login-failed` or `broker-unavailable`.
   */
  login(channel: BrokerChannel, client: LoginClient | null): Promise<number>;
  /** The same on a connection that is logged in. Nothing else may be sent until it has resolved. */
  loginAgain(channel: BrokerChannel, client: LoginClient | null): Promise<number>;
  /** The cluster's brokers, asked over a connection that is logged in. */
  discover(channel: BrokerChannel): Promise<readonly BrokerAddress[]>;
  session(session: Session, book: AddressBook, mechanisms: readonly string[]): ProtocolSession;
  /**
   * The frame that a client would send, from JSON with the protocol's own field names; or for an operation by its name in policies.
   * Both throw `message-malformed`, whose message says what is wrong and what there is.
   */
  requestFrame(api: string, request: JsonObject): Buffer;
  actionFrame(action: string, parameters: JsonObject): Buffer;
  /** The requests that clients make of this one, where that depends on the cluster; null where they send it as it is. */
  asSent(frame: Buffer): ((channel: BrokerChannel) => Promise<readonly Buffer[]>) | null;
}

export interface ProtocolSession {
  /**
   * What this frame means. `channel` is null until the session's broker connection stands (after login).
   * Throws or rejects with LockkeeperError `message-malformed`: the connection then closes.
   */
  next(frame: Frame, channel: BrokerChannel | null): Step | Promise<Step>;
}

export interface Protocol {
  readonly name: string;
  /** The number that joins a request and its answer, read from whole frames. */
  requestCorrelation(frame: Buffer): number;
  answerCorrelation(frame: Buffer): number;
  framer(frameBytesMax: number): Framer;
  cluster(name: string): ProtocolCluster;
}
