// Sink: batches of events as HTTP POST. CloudEvents go as a JSON batch, other formats as JSON lines; only a 2xx answer counts as taken.
// Source: CloudEvents HTTP protocol binding 1.0.2, batched content mode.
import { LockkeeperError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { Sensitive } from "../../base/sensitive.ts";
import type { AuditSink } from "../sink.ts";

export interface WebhookSinkSettings {
  readonly url: string;
  /** Sent as `Authorization: Bearer`; null for none. */
  readonly token: Sensitive<string> | null;
  /** What the events are: an array of CloudEvents, or lines of something else. */
  readonly batch: "cloudevents" | "lines";
}

export function createWebhookSink({ url, token, batch }: WebhookSinkSettings): AuditSink {
  const type = batch === "cloudevents" ? "application/cloudevents-batch+json" : "application/x-ndjson";
  return {
    name: "webhook",
    async deliver(events) {
      const lines = events.map(({ json }) => json);
      const answer = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": `${type}; charset=utf-8`,
          ...(token && { authorization: `Bearer ${token.reveal()}` }),
        },
        body: batch === "cloudevents" ? `[${lines.join(",")}]` : `${lines.join("\n")}\n`,
        // A redirect could carry events and token somewhere else.
        redirect: "error",
        signal: AbortSignal.timeout(limits.sinkAnswerMsMax),
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new LockkeeperError("audit-unavailable", `${new URL(url).host} answered ${answer.status}`);
    },
    async close() {},
  };
}
