// The record stage: everything that one session writes into the audit log and its recording, in one place, so that the spine
// only says when. Nothing takes effect before `decided` has resolved; outcomes follow and are never waited for.
import type { Clock } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import { limits } from "../base/limits.ts";
import type { AuditActor, AuditCode, AuditEvent, DataSent } from "../model/audit-event.ts";
import type { Decision, Verdict } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import type { KeptFrame, PayloadLevel } from "../model/recording.ts";
import type { Session } from "../model/session.ts";
import type { Frame } from "../protocols/frame.ts";
import type { Answer, Exchange } from "../protocols/protocol.ts";
import { type Asked, SessionFrames } from "./session-frames.ts";
import type { EventSink, FrameSink, RangeSink } from "./session-sinks.ts";
import type { TrafficCounts } from "./traffic-counts.ts";

export interface SessionAuditParts {
  readonly session: Session;
  readonly events: EventSink;
  readonly ranges: RangeSink;
  /** Null where nothing is recorded. */
  readonly recording: FrameSink | null;
  readonly counts: TrafficCounts;
  readonly clock: Clock;
}

/** A decision that is on record, as the policy gave it. */
interface Known {
  readonly operation: string;
  readonly decision: Decision;
}

const codeOf: Record<Decision["outcome"], AuditCode> = {
  allow: "operation.allowed",
  deny: "operation.denied",
  hold: "operation.held",
};

export class SessionAudit {
  readonly #parts: SessionAuditParts;
  readonly #frames: SessionFrames;
  /** First decisions that were recorded: operation, resource, outcome and revision. */
  #seen: Set<string> | null = null;
  /** The latest of them by resource: the cache of decisions gives the same object again, and no key needs to be made then. */
  #latest: Map<string, Known> | null = null;
  /** API → how many things its latest listing left out: clients list again and again, and the log is told of changes. */
  #omitted: Map<string, number> | null = null;
  #actor: AuditActor;
  #exchanges = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #refused = 0;

  constructor(parts: SessionAuditParts) {
    this.#parts = parts;
    this.#frames = new SessionFrames(parts.recording, parts.clock);
    this.#actor = actorOf(parts.session);
  }

  /** The session's identity or software changed. */
  refresh(): void {
    this.#actor = actorOf(this.#parts.session);
    this.#seen?.clear();
    this.#latest?.clear();
  }

  event(code: AuditCode, details: JsonObject = {}): Promise<void> {
    this.#frames.event(code, details);
    return this.#parts.events.record({ code, at: this.#parts.clock.now(), actor: this.#actor, details });
  }

  /** How much of a request with these decisions, and of its answer, is kept. */
  level(decisions: readonly Decision[]): PayloadLevel {
    return this.#frames.level(decisions);
  }

  request(asked: Asked, bytes: number, level: PayloadLevel = this.level([])): void {
    this.#exchanges++;
    this.#bytesIn += bytes;
    this.#parts.counts.request(asked.api, bytes);
    this.#frames.request(asked, bytes, level);
  }

  /** A request goes on to the broker with these bytes. */
  forwarded(exchange: Exchange, frame: Frame, level: PayloadLevel): void {
    this.#frames.forwarded(exchange, frame, level);
  }

  /** The broker's answer before any mask. */
  rawAnswer(exchange: Exchange, frame: Buffer, answer: Answer, level: PayloadLevel): void {
    this.#frames.rawAnswer(exchange, frame, answer, level);
  }

  /** Undefined when every decision was on record before. High-risk operations wait for the disk. */
  decided(exchange: Exchange, request: string, decisions: readonly Decision[]): Promise<void> | undefined {
    if (exchange.operations.length === 0) return this.#listing(exchange, request);
    let waits: Promise<void>[] | undefined;
    for (let index = 0; index < decisions.length; index++) {
      const operation = exchange.operations[index];
      const decision = decisions[index];
      if (!operation || !decision) continue;
      this.#parts.counts.decisions[decision.outcome]++;
      if (this.#isLatest(operation, decision)) continue;
      const key = operation.cacheable ? firstKey(operation, decision) : null;
      if (key !== null && this.#seen?.has(key)) {
        this.#learn(operation, decision);
        continue;
      }
      const event = this.#decisionEvent(exchange, request, operation, decision);
      const durable = operation.risk === "high" && decision.outcome !== "deny";
      waits ??= [];
      waits.push(this.#parts.events.record(event, { durable }).then(() => this.#remember(key)));
    }
    return waits && Promise.all(waits).then(() => {});
  }

  /** A request that names nothing to judge (it lists, or asks for brokers) is on record too: the first of its API in a session. */
  #listing(exchange: Exchange, request: string): Promise<void> | undefined {
    const key = exchange.api;
    if (this.#seen?.has(key)) return undefined;
    return this.#parts.events
      .record(this.#base(exchange, request, "operation.allowed"))
      .then(() => this.#remember(key));
  }

  /** Data that nobody will answer for. */
  sent(parts: readonly DataSent[]): void {
    for (const part of parts) this.#parts.ranges.addSent(this.#actor, part);
  }

  /** A verdict that came later than its decision: what people said, or that nobody could be asked. */
  settled(exchange: Exchange, request: string, operation: Operation, verdict: Verdict): Promise<void> {
    const allowed = verdict.kind === "allow";
    return this.#parts.events.record(
      {
        ...this.#base(exchange, request, allowed ? "operation.allowed" : "operation.denied"),
        operation,
        ...(allowed && verdict.approval ? { approval: { ...verdict.approval, digest: null } } : {}),
        details: allowed ? {} : { cause: verdict.cause, message: verdict.message },
      },
      { durable: allowed },
    );
  }

  /** What came of a request. `operations` of the data plane are summed through their ranges and not told one by one. */
  answered(
    exchange: Exchange,
    request: string,
    verdicts: readonly Verdict[],
    answer: Answer,
    level: PayloadLevel = this.level([]),
  ): void {
    const bytes = answer.bytes?.reduce((sum, piece) => sum + piece.length, 0) ?? answer.streamedBytes ?? 0;
    this.#sent(bytes);
    this.#tellRecords(exchange, request, answer);
    if (answer.omitted !== (this.#omitted?.get(exchange.api) ?? 0)) {
      this.#omitted ??= new Map();
      this.#omitted.set(exchange.api, answer.omitted);
      this.#tell({ ...this.#base(exchange, request, "operation.outcome"), details: { omitted: answer.omitted } });
    }
    for (const outcome of answer.outcomes) {
      const operation = exchange.operations[outcome.operation];
      const verdict = verdicts[outcome.operation];
      if (verdict?.kind === "refuse") this.#refused++;
      if (!operation || operation.cacheable || verdict?.kind !== "allow") continue;
      this.#tell({
        ...this.#base(exchange, request, "operation.outcome"),
        operation,
        error: outcome.error,
        ...(verdict.approval ? { approval: { ...verdict.approval, digest: null } } : {}),
      });
    }
    this.#frames.answered(exchange, answer, bytes, level);
  }

  /** What was read or written, masked, filtered or blocked. */
  #tellRecords(exchange: Exchange, request: string, answer: Answer): void {
    const { records } = this.#parts.counts;
    for (const range of answer.ranges) {
      this.#parts.ranges.add(this.#actor, range.direction, range);
      for (const rule in range.masked) records.maskedFields += range.masked[rule] ?? 0;
      for (const rule in range.filtered) records.filtered += range.filtered[rule] ?? 0;
    }
    for (const rule in answer.maskFailures) {
      const count = answer.maskFailures[rule] ?? 0;
      records.maskFailures += count;
      this.#tell({ ...this.#base(exchange, request, "mask.failed"), details: { rule, count } });
    }
    for (const { topic, partition, records: count, reason } of answer.blocked) {
      records.blocked += count;
      const details = { cause: "records", topic, partition, records: count, reason };
      this.#tell({ ...this.#base(exchange, request, "operation.denied"), details });
    }
  }

  /** A reply of the gateway's own that judged nothing; `kept` where not all of it may be kept. */
  replied(step: Omit<Asked, "kept">, bytes: Buffer, kept?: KeptFrame): void {
    this.#sent(bytes.length);
    this.#frames.replied(step, bytes, kept);
  }

  /** The last event, with totals, and with what commits the log to the recording, which is closed first. */
  async ended(code: "session.ended" | "session.aborted", reason: string): Promise<void> {
    const { session, clock, events, ranges } = this.#parts;
    ranges.end(session.id);
    const totals = {
      reason,
      durationMs: clock.now() - session.startedAt,
      requests: this.#exchanges,
      refused: this.#refused,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
    };
    this.#frames.event(code, totals);
    const seal = await this.#frames.end();
    const details = seal ? { ...totals, recording: seal } : totals;
    // the log's own health is told elsewhere; a session that is over cannot be refused
    await events.record({ code, at: clock.now(), actor: this.#actor, details }).catch(() => {});
  }

  #sent(bytes: number): void {
    this.#bytesOut += bytes;
    this.#parts.counts.bytes.out += bytes;
  }

  #isLatest({ name, resource, cacheable }: Operation, decision: Decision): boolean {
    const latest = cacheable ? this.#latest?.get(resource.name) : undefined;
    return latest !== undefined && latest.decision === decision && latest.operation === name;
  }

  /** Only what is on record, and is told by its key. */
  #learn({ name, resource }: Operation, decision: Decision): void {
    this.#latest ??= new Map();
    if (this.#latest.size >= limits.sessionDecisionsMax) this.#latest.clear();
    this.#latest.set(resource.name, { operation: name, decision });
  }

  #remember(key: string | null): void {
    if (key === null) return;
    this.#seen ??= new Set();
    if (this.#seen.size >= limits.sessionDecisionsMax) this.#seen.clear();
    this.#seen.add(key);
  }

  #decisionEvent(exchange: Exchange, request: string, operation: Operation, decision: Decision): AuditEvent {
    return {
      ...this.#base(exchange, request, codeOf[decision.outcome]),
      operation,
      decision: {
        outcome: decision.outcome,
        rules: decision.rules,
        revision: decision.revision,
        message: decision.outcome === "deny" ? decision.message : null,
      },
    };
  }

  #base(exchange: Exchange, request: string, code: AuditCode): AuditEvent {
    return {
      code,
      at: this.#parts.clock.now(),
      actor: this.#actor,
      api: exchange.api,
      apiVersion: exchange.version,
      request,
    };
  }

  #tell(event: AuditEvent): void {
    this.#parts.events.record(event).catch(() => {}); // outcomes are told, not asked; the log keeps its own health
  }
}

function firstKey(operation: Operation, decision: Decision): string {
  return `${operation.name}\n${operation.resource.name}\n${decision.outcome}\n${decision.revision}`;
}

export function actorOf(session: Session): AuditActor {
  const { identity, software } = session;
  return {
    session: session.id,
    cluster: session.cluster,
    principal: identity?.principal ?? null,
    groups: identity?.groups ?? [],
    mechanism: identity?.mechanism ?? null,
    issuer: identity?.issuer ?? null,
    claims: identity?.claims ?? {},
    client: session.client,
    clientId: session.clientId,
    software: software && `${software.name} ${software.version}`,
  };
}
