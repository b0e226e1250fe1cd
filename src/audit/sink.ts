// What an audit sink is: a place outside that gets every event after it is in the log. A sink can be late; it cannot hold up the path.

export interface SinkEvent {
  /** Place in the log. */
  readonly index: number;
  /** The CloudEvents envelope, exactly as the log holds it: one line of JSON. */
  readonly json: string;
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
