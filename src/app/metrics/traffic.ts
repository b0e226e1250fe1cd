// Metrics of the traffic: requests, decisions, records, latencies by stage, connections.
import type { Histogram } from "../../base/histogram.ts";
import { counter, gauge, histogram, type LabelledHistogram, labelled, type Metric } from "../../base/metric.ts";
import type { TrafficCounts } from "../../pipeline/traffic-counts.ts";

export function trafficMetrics(counts: TrafficCounts, sessions: () => number): readonly Metric[] {
  const { decisions, bytes, holds } = counts;
  return [
    counter("lockkeeper_requests_total", "Requests of clients, by API.", () =>
      labelled(
        "api",
        Array.from(counts.requests, ([api, { count }]) => [api, count] as const),
      ),
    ),
    counter("lockkeeper_decisions_total", "Decisions on operations of requests: allow, deny, hold.", () =>
      labelled("outcome", Object.entries(decisions)),
    ),
    counter("lockkeeper_client_bytes_total", "Bytes of requests from clients (in) and answers to them (out).", () =>
      labelled("direction", Object.entries(bytes)),
    ),
    gauge("lockkeeper_holds_waiting", "Requests that wait for people in their place.", () => holds.waiting),
    counter("lockkeeper_holds_settled_total", "Held operations, by what became of them: allow, refuse.", () =>
      labelled("result", [
        ["allow", holds.allow],
        ["refuse", holds.refuse],
      ]),
    ),
    ...recordMetrics(counts),
    ...latencyMetrics(counts),
    ...connectionMetrics(counts, sessions),
  ];
}

function recordMetrics({ records }: TrafficCounts): readonly Metric[] {
  return [
    counter("lockkeeper_masked_fields_total", "Fields of records that were masked.", () => records.maskedFields),
    counter("lockkeeper_filtered_records_total", "Records that filters hid from readers.", () => records.filtered),
    counter("lockkeeper_blocked_records_total", "Records that were not let in.", () => records.blocked),
    counter("lockkeeper_mask_failures_total", "Masks that could not be applied.", () => records.maskFailures),
  ];
}

function latencyMetrics(counts: TrafficCounts): readonly Metric[] {
  return [
    histogram("lockkeeper_request_seconds", "From a request to its answer; a read waits as long as it likes.", () =>
      byKind(counts.requestSeconds),
    ),
    histogram(
      "lockkeeper_decide_seconds",
      "Deciding on a request; one in sixteen, and each connection's first.",
      () => [{ of: counts.decideSeconds }],
    ),
    histogram("lockkeeper_hold_seconds", "Waiting for people.", () => [{ of: counts.holdSeconds }]),
    histogram("lockkeeper_broker_seconds", "From sending a request on to the broker's answer.", () =>
      byKind(counts.brokerSeconds),
    ),
    histogram("lockkeeper_mask_seconds", "Working on an answer that was not ready at once.", () => [
      { of: counts.maskSeconds },
    ]),
  ];
}

function connectionMetrics({ connections, brokers }: TrafficCounts, sessions: () => number): readonly Metric[] {
  return [
    gauge("lockkeeper_connections_open", "Connections of clients that are open.", sessions),
    counter("lockkeeper_connections_total", "Connections of clients that were accepted.", () => connections.accepted),
    counter(
      "lockkeeper_connections_refused_total",
      "Connections that were closed at once: too many, or the gateway is stopping.",
      () => connections.refused,
    ),
    gauge(
      "lockkeeper_broker_connections_open",
      "Connections to brokers for clients that are open.",
      () => brokers.opened - brokers.closed,
    ),
    counter("lockkeeper_broker_connections_total", "Connections to brokers for clients.", () => brokers.opened),
    counter(
      "lockkeeper_broker_connection_failures_total",
      "Connections to brokers for clients that failed.",
      () => brokers.failed,
    ),
  ];
}

function byKind(of: Readonly<Record<string, Histogram>>): readonly LabelledHistogram[] {
  return Object.entries(of).map(([kind, one]) => ({ of: one, labels: { kind } }));
}
