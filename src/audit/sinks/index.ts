// Every audit sink there is. A new one: its file here, one line below, and a case in test/contracts/sink.test.ts.
import { createFileSink } from "./file.ts";
import { createStdoutSink } from "./stdout.ts";

export const sinks = [
  { name: "file", create: createFileSink },
  { name: "stdout", create: createStdoutSink },
] as const;

export type SinkName = (typeof sinks)[number]["name"];
