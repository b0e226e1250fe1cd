// Sink: a Kafka topic, one record an event, keyed by the session so that a session's events stay in order. A batch counts once all
// in-sync replicas have it. There is no buffer here: what cannot be sent now is read from the log again (delivery.ts).
import type { Producer, SASLOptions } from "kafkajs";
import { limits } from "../../base/limits.ts";
import type { Sensitive } from "../../base/sensitive.ts";
import type { AuditSink, SinkEvent } from "../sink.ts";

export interface KafkaSinkSettings {
  /** `host:port` */
  readonly bootstrap: readonly string[];
  readonly topic: string;
  readonly login: {
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
    readonly username: string;
    readonly password: Sensitive<string>;
  } | null;
  /** PEM; `{}` trusts what the system trusts. Null for no TLS. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | null;
}

/** What is used of kafkajs. */
export type SinkProducer = Pick<Producer, "connect" | "disconnect" | "send">;

export function createKafkaSink(settings: KafkaSinkSettings, produce = kafkajsProducer): AuditSink {
  let connecting: Promise<SinkProducer> | null = null;

  async function connected(): Promise<SinkProducer> {
    const producer = await produce(settings);
    await producer.connect();
    return producer;
  }

  return {
    name: "kafka",
    async deliver(events) {
      connecting ??= connected();
      try {
        const producer = await connecting;
        await producer.send({ topic: settings.topic, acks: -1, messages: events.map(messageOf) });
      } catch (error) {
        // The next try begins with a connection of its own: this one may be in any state.
        const failed = connecting;
        connecting = null;
        await failed?.then((producer) => producer.disconnect()).catch(() => {});
        throw error;
      }
    },
    async close() {
      await connecting?.then((producer) => producer.disconnect()).catch(() => {});
    },
  };
}

function messageOf({ json, key }: SinkEvent) {
  return { key: key ?? null, value: json, headers: { "content-type": "application/json" } };
}

/** kafkajs is loaded only where a sink of this kind is configured. */
async function kafkajsProducer({ bootstrap, login, tls }: KafkaSinkSettings): Promise<SinkProducer> {
  const { Kafka, logLevel } = await import("kafkajs");
  const kafka = new Kafka({
    clientId: "lockkeeper-audit",
    brokers: [...bootstrap],
    logLevel: logLevel.NOTHING,
    ...(login && { sasl: saslOf(login) }),
    ...(tls && { ssl: { ...tls } }),
    connectionTimeout: limits.sinkAnswerMsMax,
    requestTimeout: limits.sinkAnswerMsMax,
    // Delivery has its own patience; a hidden retry would only hide the reason.
    retry: { retries: 2, initialRetryTime: 100 },
  });
  return kafka.producer({ allowAutoTopicCreation: false });
}

function saslOf({ mechanism, username, password }: NonNullable<KafkaSinkSettings["login"]>): SASLOptions {
  return { mechanism, username, password: password.reveal() };
}
