// What a connection's requests need on their way (request-path.ts): the rooms that they go through, and the connection that they are of.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Grant } from "../model/approval.ts";
import type { Decision } from "../model/decision.ts";
import type { Operation } from "../model/operation.ts";
import type { Session } from "../model/session.ts";
import type { BrokerLink } from "./broker-link.ts";
import type { HoldParts } from "./hold.ts";
import type { InFlight } from "./in-flight.ts";
import type { PolicyPace } from "./policy-pace.ts";
import type { RecordGuards } from "./records/record-guards.ts";
import type { SessionAudit } from "./session-audit.ts";
import type { TrafficCounts } from "./traffic-counts.ts";

/** policy/engine.ts states what this promises. */
export interface Decider {
  /** Names the policy in force. */
  readonly revision: string;
  /** Milliseconds in all that went into decisions which were not known. */
  readonly spentMs?: number;
  decide(
    context: { readonly session: Session; readonly now: number },
    operations: readonly Operation[],
  ): readonly Decision[];
}

export interface RequestParts {
  readonly session: Session;
  readonly policy: Decider;
  readonly hold: HoldParts;
  readonly audit: SessionAudit;
  readonly counts: TrafficCounts;
  readonly clock: Clock;
  readonly log: Log;
  readonly records: RecordGuards;
  /** Who asks what is slow to decide waits for the others. */
  readonly pace?: PolicyPace;
  /** Roles that a principal has for a time; the same list until it changes. */
  grants?(session: Session): readonly Grant[];
}

/** What the path needs of its connection. */
export interface RequestHost {
  readonly inFlight: InFlight;
  /** Aborted when the client goes away. */
  readonly gone: AbortSignal;
  readonly broker: { readonly link: BrokerLink | null };
  readonly closed: boolean;
  /** Writes to the client what belongs to the place that is next. */
  send(pieces: readonly Buffer[]): void;
  /** Something was answered: there may be room again. */
  moved(): void;
  abort(reason: string): void;
  fail(error: unknown): void;
}
