// One gateway connection after another over real loopback sockets: the real Connection, Kafka protocol, session audit and hold stage
// between a client and a scripted broker. What the tests steer (policy, people, the audit log) are small functions.
import { connect, createServer, type Server, type Socket } from "node:net";
import { silentLog } from "../../../src/base/log.ts";
import { createLoginGate } from "../../../src/identity/login-gate.ts";
import type { TransportLogin } from "../../../src/identity/mtls.ts";
import type { ApprovalAsk, ApprovalOutcome } from "../../../src/model/approval.ts";
import type { AuditEvent, DataRange } from "../../../src/model/audit-event.ts";
import { type Decision, usualTerms } from "../../../src/model/decision.ts";
import type { Operation } from "../../../src/model/operation.ts";
import type { Session } from "../../../src/model/session.ts";
import { Connection } from "../../../src/pipeline/connection.ts";
import { Identifier } from "../../../src/pipeline/identify.ts";
import type { RecordGuards } from "../../../src/pipeline/records/record-guards.ts";
import { SessionAudit } from "../../../src/pipeline/session-audit.ts";
import { TrafficCounts } from "../../../src/pipeline/traffic-counts.ts";
import { kafkaFramer } from "../../../src/protocols/kafka/framing.ts";
import { kafka } from "../../../src/protocols/kafka/index.ts";
import { saslAuthenticate } from "../../../src/protocols/kafka/messages/sasl-authenticate.ts";
import { saslHandshake } from "../../../src/protocols/kafka/messages/sasl-handshake.ts";
import type { BrokerChannel, ProtocolCluster } from "../../../src/protocols/protocol.ts";
import { type FakeBroker, noOthers, type Script, startFakeBroker } from "../../support/fake-broker.ts";
import { decodeResponse, requestFrame } from "../../support/frames.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { recordsInTest } from "../../support/records.ts";
import { bookInTest, clusterInTest, sessionInTest } from "../../support/scenario.ts";
import { eventually } from "../../support/wait.ts";

const decided = { revision: "r1", rules: ["test"] };
export const allow: Decision = { outcome: "allow", masks: [], filters: [], ...decided };
export const deny: Decision = { outcome: "deny", cause: "policy", message: "no", ...decided };
export const hold: Decision = {
  outcome: "hold",
  requirements: [{ rule: "deletion", approvers: ["admins"], count: 1, why: "gone", ...usualTerms }],
  masks: [],
  filters: [],
  ...decided,
};

/** What a test may steer, and change while it runs. */
export interface Steering {
  decide(operation: Operation): Decision;
  /** Of the policy; who changes it tells the connections. */
  revision: string;
  ask(ask: ApprovalAsk, signal: AbortSignal): Promise<ApprovalOutcome>;
  record(event: AuditEvent): Promise<void>;
  /** Milliseconds until a login lapses, or null. */
  loginMs: number | null;
  /** Logs in at the broker; resolves with the milliseconds until the next time. */
  brokerLogin(link: BrokerChannel, again: boolean, cluster: ProtocolCluster): Promise<number>;
  /** For how long the answer to a failed login waits. */
  failureDelayMs: number;
  /** Logins that are looked at at once. */
  loginsAtOnceMax: number;
  /** What masks and filters records. */
  records: RecordGuards;
  /** What a client certificate came to; null where the login comes by SASL. */
  transportLogin: TransportLogin | null;
}

export interface GatewayInTest extends AsyncDisposable {
  readonly broker: FakeBroker;
  readonly clock: ManualClock;
  readonly steering: Steering;
  readonly events: AuditEvent[];
  readonly reports: [id: string, result: string][];
  /** What was read and written. */
  readonly ranges: DataRange[];
  /** Connections that have ended, their last events written. */
  readonly ended: { count: number };
  readonly counts: TrafficCounts;
  readonly connections: Connection[];
  readonly sessions: Session[];
  /** The gateway's ends of the clients' sockets. */
  readonly sockets: Socket[];
  codes(): string[];
  /** `session.ended: closed by the client` */
  lastWords(): string | undefined;
  client(): Promise<ClientInTest>;
  /** A client that has logged in. */
  loggedIn(): Promise<ClientInTest>;
}

export async function startGateway(script: Script, steering: Partial<Steering> = {}): Promise<GatewayInTest> {
  const broker = await startFakeBroker(script);
  const cluster = await clusterInTest();
  const clock = manualClock();
  const steer: Steering = {
    decide: () => allow,
    revision: "r1",
    ask: () => Promise.reject(new Error("nobody is asked")),
    record: async () => {},
    loginMs: null,
    brokerLogin: (link, again, its) => (again ? its.loginAgain(link, null) : its.login(link, null)),
    failureDelayMs: 0,
    loginsAtOnceMax: 32,
    records: recordsInTest(),
    transportLogin: null,
    ...steering,
  };
  const gate = createLoginGate(steer.loginsAtOnceMax);
  const events: AuditEvent[] = [];
  const reports: [string, string][] = [];
  const ranges: DataRange[] = [];
  const ended = { count: 0 };
  const counts = new TrafficCounts();
  const connections: Connection[] = [];
  const sessions: Session[] = [];
  const sockets: Socket[] = [];
  const clients: Socket[] = [];
  const accept = (socket: Socket) => {
    sockets.push(socket);
    const session: Session = { ...sessionInTest(), id: `ses_${connections.length}`, identity: null };
    sessions.push(session);
    const record = async (event: AuditEvent) => {
      await steer.record(event);
      events.push(event);
    };
    const connection = new Connection(socket, {
      session,
      protocol: kafka,
      protocolSession: cluster.session(session, bookInTest(), ["PLAIN"]),
      identifier: new Identifier(new Map([["PLAIN", anyName(clock, steer)]]), null, clock),
      transportLogin: steer.transportLogin,
      policy: {
        get revision() {
          return steer.revision;
        },
        decide: (_context, operations) => operations.map((operation) => steer.decide(operation)),
      },
      hold: {
        session,
        clock,
        otherBrokers: noOthers,
        gate: {
          ask: (ask, { signal }) => steer.ask(ask, signal),
          report: async (id, result) => void reports.push([id, result]),
          giveBack: async (id) => void reports.push([id, "given back"]),
          void: async (id) => void reports.push([id, "void"]),
          seal: async (secret) => `sealed ${secret.length}`,
        },
        digest: (ask) => ask.operation.resource.name,
        holdMs: () => 8_000,
      },
      audit: new SessionAudit({
        session,
        events: { record },
        ranges: { add: (_actor, _direction, range) => void ranges.push(range), addSent: () => {}, end: () => {} },
        counts,
        recording: null,
        clock,
      }),
      counts,
      clock,
      log: silentLog,
      requestFrameBytesMax: 8 * 1024 * 1024,
      brokerTarget: () => ({ host: "127.0.0.1", port: broker.port, tls: null, answerBytesMax: 8 * 1024 * 1024 }),
      brokerLogin: (link, _who, again) => steer.brokerLogin(link, again, cluster),
      // a method that needs its object, as those of the gateway's own parts do
      grants(of) {
        if (this.session !== of) throw new Error("grants were not asked of the parts that have them");
        return [];
      },
      failureDelayMs: () => steer.failureDelayMs,
      attempt: (gone) => gate.enter("10.0.0.1", gone),
      records: steer.records,
    });
    connections.push(connection);
    connection.run(() => ended.count++);
  };
  const server = createServer({ noDelay: true }, accept);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = portOf(server);
  const client = async () => {
    const it = await connectClient(port);
    clients.push(it.socket);
    return it;
  };
  return {
    broker,
    clock,
    steering: steer,
    events,
    reports,
    ranges,
    ended,
    counts,
    connections,
    sessions,
    sockets,
    codes: () => events.map(({ code }) => code),
    lastWords() {
      const last = events.findLast(({ code }) => code === "session.ended" || code === "session.aborted");
      const reason = last?.details?.["reason"];
      return last && `${last.code}: ${typeof reason === "string" ? reason : ""}`;
    },
    client,
    async loggedIn() {
      const it = await client();
      await it.login();
      return it;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of clients) socket.destroy();
      for (const connection of connections) connection.destroy("the test is over");
      for (const socket of sockets) socket.destroy();
      await eventually(() => ended.count === connections.length, { what: "the end of every session" });
      await new Promise((resolve) => server.close(resolve));
      await broker[Symbol.asyncDispose]();
    },
  };
}

/** Believes every name; the password `wrong` is. */
function anyName(clock: ManualClock, steer: Steering) {
  return {
    name: "PLAIN",
    start: () => ({
      async step(bytes: Buffer) {
        const [, principal = "", password] = bytes.toString().split("\0");
        if (password === "wrong") {
          return { kind: "failure", bytes: null, message: "no", reason: "password", claimed: principal } as const;
        }
        const expiresAt = steer.loginMs === null ? null : clock.now() + steer.loginMs;
        const identity = { principal, groups: [], mechanism: "plain", issuer: null, claims: {}, expiresAt };
        return { kind: "success", bytes: Buffer.alloc(0), identity } as const;
      },
    }),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export interface ClientInTest {
  readonly socket: Socket;
  send(...frames: readonly Buffer[]): void;
  /** The next answer; rejects when the connection ends before it. */
  answer(): Promise<Buffer>;
  /** Resolves when the gateway has closed. */
  readonly closed: Promise<void>;
  /** The error code of SaslAuthenticate's answer. */
  login(name?: string, password?: string): Promise<number>;
}

async function connectClient(port: number): Promise<ClientInTest> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  const framer = kafkaFramer(64 * 1024 * 1024);
  const frames: Buffer[] = [];
  const waiting: PromiseWithResolvers<Buffer>[] = [];
  const ended = Promise.withResolvers<void>();
  const end = () => {
    ended.resolve();
    for (const each of waiting.splice(0)) each.reject(new Error("the gateway closed the connection"));
  };
  socket.on("data", (chunk: Buffer) => {
    for (const frame of framer.push(chunk)) {
      const next = waiting.shift();
      if (next) next.resolve(frame);
      else frames.push(frame);
    }
  });
  socket.on("error", end);
  socket.on("close", end);
  const it: ClientInTest = {
    socket,
    closed: ended.promise,
    send(...all) {
      socket.write(Buffer.concat(all));
    },
    answer() {
      const next = Promise.withResolvers<Buffer>();
      const frame = frames.shift();
      if (frame) next.resolve(frame);
      else if (socket.destroyed) next.reject(new Error("the gateway closed the connection"));
      else waiting.push(next);
      return next.promise;
    },
    async login(name = "alice", password = "secret") {
      it.send(requestFrame(saslHandshake, 1, { mechanism: "PLAIN" }));
      await it.answer();
      it.send(requestFrame(saslAuthenticate, 2, { authBytes: Buffer.from(`\0${name}\0${password}`) }));
      return decodeResponse(saslAuthenticate, 2, await it.answer()).errorCode;
    },
  };
  return it;
}
