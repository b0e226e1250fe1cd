// What the path counts of its traffic, over all connections of a gateway: plain numbers, added to where things happen and read only when somebody
// scrapes (app/metrics.ts). Nothing here allocates for a request.
import { Histogram } from "../base/histogram.ts";
import { limits } from "../base/limits.ts";
import type { Decision } from "../model/decision.ts";
import type { Exchange } from "../protocols/protocol.ts";

/** Latencies of these are apart: a read may wait at the broker for as long as the client likes. */
export type Kind = "read" | "write" | "other";

export class TrafficCounts {
  readonly requests = new Map<string, { count: number }>();
  readonly decisions: Record<Decision["outcome"], number> = { allow: 0, deny: 0, hold: 0 };
  readonly bytes = { in: 0, out: 0 };
  readonly records = { maskedFields: 0, filtered: 0, blocked: 0, maskFailures: 0 };
  /** Requests that wait for people just now, and operations that did, by what became of them. */
  readonly holds = { waiting: 0, allow: 0, refuse: 0 };
  readonly connections = { accepted: 0, refused: 0 };
  /** Connections to brokers on behalf of clients. */
  readonly brokers = { opened: 0, closed: 0, failed: 0 };
  /** One request in sixteen of each session, its first among them: a look at the clock costs as much as many a decision. */
  readonly decideSeconds = new Histogram();
  readonly holdSeconds = new Histogram();
  /** Answers whose records were worked on elsewhere than at once. */
  readonly maskSeconds = new Histogram();
  readonly brokerSeconds: Readonly<Record<Kind, Histogram>> = byKind();
  readonly requestSeconds: Readonly<Record<Kind, Histogram>> = byKind();

  /** `api` is a name of the protocol's own list, or `unsupported`: what a client makes up is not told apart. */
  request(api: string, bytes: number): void {
    this.bytes.in += bytes;
    const known = this.requests.get(api);
    if (known) known.count++;
    else if (this.requests.size < limits.metricApisMax) this.requests.set(api, { count: 1 });
    else if (api !== "other") this.request("other", 0);
    else this.requests.set("other", { count: 1 });
  }
}

export function kindOf({ carriesRecords, delivers }: Exchange): Kind {
  if (carriesRecords) return "write";
  return delivers === true ? "read" : "other";
}

function byKind(): Readonly<Record<Kind, Histogram>> {
  return { read: new Histogram(), write: new Histogram(), other: new Histogram() };
}
