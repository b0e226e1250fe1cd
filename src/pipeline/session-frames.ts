// What of a session's frames goes into its recording, and how much of each: the lowest level that any decision about it gives, or the
// configuration's. Where nothing is recorded it does nothing.
import type { Clock } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import type { AuditCode } from "../model/audit-event.ts";
import type { Decision } from "../model/decision.ts";
import { type FrameToKeep, type KeptFrame, nothingKept, type PayloadLevel, payloadLevels } from "../model/recording.ts";
import { type Frame, framePieces } from "../protocols/frame.ts";
import type { Answer, Exchange } from "../protocols/protocol.ts";
import type { FrameSink } from "./session-sinks.ts";

/** A request or a step of login, as far as recordings care. */
export interface Asked {
  readonly api: string;
  readonly version: number;
  readonly correlation: number;
  readonly carriesRecords?: boolean;
  kept(): KeptFrame;
}

export class SessionFrames {
  readonly #sink: FrameSink | null;
  readonly #clock: Clock;

  constructor(sink: FrameSink | null, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  /** The least that any of these decisions, or the configuration, wants kept: it holds for the whole frame. */
  level(decisions: readonly Decision[]): PayloadLevel {
    const given = this.#sink?.level ?? "none";
    let least: PayloadLevel | null = null;
    for (const { record = given } of decisions) least = least === null ? record : lesser(least, record);
    return least ?? given;
  }

  /** Records of a request are kept as they go on, by `forwarded`; here only where they are wanted from before masking. */
  request(asked: Asked, bytes: number, level: PayloadLevel): void {
    if (!this.#sink) return;
    const kept = level === "none" ? nothingKept : asked.kept();
    this.#keep("request", asked, bytes, asked.carriesRecords ? lesser(level, "metadata") : level, kept);
    if (asked.carriesRecords && level === "raw") this.#keep("raw", asked, bytes, level, kept);
  }

  /** A request goes on to the broker with these bytes. */
  forwarded(exchange: Exchange, frame: Frame, level: PayloadLevel): void {
    if (!exchange.carriesRecords || !this.#sink || lesser(level, "metadata") === level) return;
    this.#keep("sent", exchange, frame.length, level, { pieces: framePieces(frame), cuts: [], notes: null });
  }

  /** The broker's answer before any mask, where it holds records and that is to be kept. */
  rawAnswer(exchange: Exchange, frame: Buffer, answer: Answer, level: PayloadLevel): void {
    if (level !== "raw" || !answer.ranges.some(({ direction }) => direction === "read")) return;
    this.#keep("raw", exchange, frame.length, level, { pieces: [frame], cuts: [], notes: { answer: true } });
  }

  answered(exchange: Exchange, answer: Answer, bytes: number, level: PayloadLevel): void {
    if (this.#sink) this.#keep("response", exchange, bytes, level, level === "none" ? nothingKept : answer.kept());
  }

  /** A reply of the gateway's own; `kept` where not all of it may be kept. */
  replied(step: Omit<Asked, "kept">, bytes: Buffer, kept?: KeptFrame): void {
    const level = this.level([]);
    const its = kept ?? { pieces: [bytes], cuts: [], notes: null };
    this.#keep("response", step, bytes.length, level, level === "none" ? nothingKept : its);
  }

  event(code: AuditCode, details: JsonObject): void {
    if (!this.#sink) return;
    const kept = { pieces: [], cuts: [], notes: details };
    this.#keep("event", { api: code, version: 0, correlation: -1 }, 0, "metadata", kept);
  }

  /** What commits the audit log to the recording, which is closed; null when nothing was kept. */
  async end(): Promise<JsonObject | null> {
    return (await this.#sink?.end()) ?? null;
  }

  #keep(
    direction: FrameToKeep["direction"],
    { api, version, correlation }: Omit<Asked, "kept">,
    bytes: number,
    level: PayloadLevel,
    kept: KeptFrame,
  ): void {
    const at = this.#clock.now();
    this.#sink?.frame({ at, direction, api, version, correlation, bytes, level, kept });
  }
}

function lesser(a: PayloadLevel, b: PayloadLevel): PayloadLevel {
  return payloadLevels.indexOf(a) < payloadLevels.indexOf(b) ? a : b;
}
