// Where the audit trail goes besides its own folder: sinks that get every event, and places that get the signed checkpoints.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createDelivery, type Delivery, type SinkState } from "../audit/delivery.ts";
import { createPublisher, type Publisher } from "../audit/publish.ts";
import type { AuditSink } from "../audit/sink.ts";
import { createFileSink } from "../audit/sinks/file.ts";
import { createKafkaSink } from "../audit/sinks/kafka.ts";
import { createStdoutSink } from "../audit/sinks/stdout.ts";
import { createWebhookSink } from "../audit/sinks/webhook.ts";
import { assertNever } from "../base/assert.ts";
import { LockkeeperError } from "../base/errors.ts";
import type { Config } from "../config/schema.ts";
import { readTlsFiles, type TlsFiles } from "../config/tls-files.ts";
import type { AuditCode } from "../model/audit-event.ts";
import type { EventSink } from "../pipeline/session-sinks.ts";
import type { GatewayParts } from "./parts.ts";

export interface Outlets {
  /** For the log's `onCheckpoint`. */
  checkpoint(note: string, size: number): void;
  /** Events before this were delivered everywhere; Infinity where there is no sink. */
  delivered(): Promise<number>;
  /** After the log was closed: its last events and its last checkpoint go out too, within a bound. */
  close(): Promise<void>;
}

type Place = Config["audit"]["sinks"][number] | Config["audit"]["checkpoints"][number];

export function openOutlets({ config, clock, log }: GatewayParts, events: () => EventSink | null): Outlets {
  const { directory } = config.audit;
  const tell = (name: string, sink: string) => (state: SinkState) => {
    const code: AuditCode = state.state === "failed" ? "sink.failed" : "sink.recovered";
    const details = {
      sink: name,
      kind: sink,
      position: state.position,
      ...(state.error !== null && { error: state.error }),
    };
    // A sink that fails while the log is being closed is told in the operational log alone.
    void events()
      ?.record({ code, at: clock.now(), actor: null, details })
      .catch(() => {});
  };
  const deliveries: readonly Delivery[] = config.audit.sinks.map((place) =>
    createDelivery({
      directory,
      sink: sinkOf(place, place.format === "ecs" ? "lines" : "cloudevents"),
      name: place.name,
      format: place.format,
      positionFile: join(directory, "sinks", `${place.name}.position`),
      clock,
      log,
      onState: tell(place.name, place.type),
    }),
  );
  const publishers: readonly Publisher[] = config.audit.checkpoints.map((place) =>
    createPublisher({
      sink: sinkOf(place, "cloudevents"),
      name: place.name,
      everyMs: place.every,
      clock,
      log,
      onState: tell(place.name, place.type),
    }),
  );
  return {
    checkpoint(note, size) {
      for (const publisher of publishers) publisher.publish(note, size);
      for (const delivery of deliveries) delivery.poke();
    },
    delivered: async () => Math.min(...(await Promise.all(deliveries.map((delivery) => delivery.position())))),
    async close() {
      await Promise.all([...deliveries, ...publishers].map((outlet) => outlet.close()));
    },
  };
}

function pemOf({ ca, cert, key }: TlsFiles) {
  const read = (path: string) => readFileSync(path, "utf8");
  return {
    ...(ca !== null && { ca: read(ca) }),
    ...(cert !== null && { cert: read(cert) }),
    ...(key !== null && { key: read(key) }),
  };
}

function sinkOf(place: Place, batch: "cloudevents" | "lines"): AuditSink {
  switch (place.type) {
    case "file":
      return createFileSink({ path: place.path });
    case "stdout":
      return createStdoutSink({ stream: process.stdout });
    case "webhook":
      return createWebhookSink({ url: place.url, token: place.token, batch });
    case "kafka": {
      const { topic, login, tls } = place;
      const material = tls && readTlsFiles(tls);
      if (typeof material === "string")
        throw new LockkeeperError("config-invalid", `the sink ${place.name}: ${material}`);
      const bootstrap = place.bootstrap.map(({ host, port }) => `${host}:${port}`);
      return createKafkaSink({ bootstrap, topic, login, tls: tls && pemOf(tls) });
    }
    default:
      return assertNever(place);
  }
}
