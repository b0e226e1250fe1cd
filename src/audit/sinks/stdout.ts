// Sink: JSON lines on a stream, for those who collect what a container prints.
import type { Writable } from "node:stream";
import type { AuditSink } from "../sink.ts";

export interface StdoutSinkSettings {
  /** The process's standard output, unless told otherwise. */
  readonly stream: Writable;
}

export function createStdoutSink({ stream }: StdoutSinkSettings): AuditSink {
  return {
    name: "stdout",
    deliver: (events) =>
      new Promise((resolve, reject) => {
        // The callback comes when the bytes have left: that is the stream's back-pressure.
        stream.write(events.map(({ json }) => `${json}\n`).join(""), (error) => (error ? reject(error) : resolve()));
      }),
    async close() {},
  };
}
