// What an audit sink is: a place outside that gets every event after it is in the log. A sink can be late; it cannot hold up the path.

export interface SinkEvent {
  /** Place in the log. */
  readonly index: number;
  /** One line of JSON: the CloudEvents envelope exactly as the log holds it, or another format that was asked for. */
  readonly json: string;
  /** What belongs together and must stay in order: the session, where there is one. */
  readonly key?: string | null;
}

export interface AuditSink {
  readonly name: string;
  /**
   * Resolves once all events are where they belong, in order. Rejects when not: the same events then come again, so that
   * each arrives at least once; the envelope's `id` tells repeats.
   */
  deliver(events: readonly SinkEvent[]): Promise<void>;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}
