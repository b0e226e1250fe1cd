// The operational log (pino): what the process does, for the engineer on call. Never payloads, tokens or claims; the fields
// that may appear are listed here, so that a new one is a decision and not an accident.
import pino from "pino";

export interface LogFields {
  readonly session?: string;
  readonly principal?: string;
  readonly client?: string;
  readonly cluster?: string;
  readonly node?: number;
  readonly broker?: string;
  readonly listener?: string;
  readonly address?: string;
  readonly api?: string;
  readonly version?: number;
  readonly operation?: string;
  readonly resource?: string;
  readonly approval?: string;
  readonly revision?: string;
  readonly path?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly error?: string;
  readonly count?: number;
  /** Lines like this one that were left out before it (bounded-log.ts). */
  readonly untold?: number;
  readonly bytes?: number;
  readonly durationMs?: number;
  readonly pid?: number;
  /** Number of a worker process. */
  readonly worker?: number;
}

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Log;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** JSON lines on standard error: standard output belongs to what a command was asked for. */
export function createLog(level: LogLevel): Log {
  return pino({ level, base: { app: "lockkeeper" }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
