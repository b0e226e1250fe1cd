// Every audit sink there is. A new one: its file here, one line below, its keys in config/schema-sinks.ts, a case in
// test/contracts/sink.test.ts.
import { createFileSink } from "./file.ts";
import { createKafkaSink } from "./kafka.ts";
import { createStdoutSink } from "./stdout.ts";
import { createWebhookSink } from "./webhook.ts";

export const sinks = [
  { name: "file", create: createFileSink },
  { name: "stdout", create: createStdoutSink },
  { name: "kafka", create: createKafkaSink },
  { name: "webhook", create: createWebhookSink },
] as const;

export type SinkName = (typeof sinks)[number]["name"];
