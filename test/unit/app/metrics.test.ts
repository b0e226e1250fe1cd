// /metrics as Prometheus reads it: every number that a room has, cumulative buckets, bounded labels; and a dashboard that shows what there is.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { EventCounts } from "../../../src/app/event-counts.ts";
import { gatewayMetrics, type MetricsParts } from "../../../src/app/metrics.ts";
import { workerMetrics } from "../../../src/app/workers/whole.ts";
import { createApprovalCounters } from "../../../src/approvals/counters.ts";
import { LockkeeperError } from "../../../src/base/errors.ts";
import { limits } from "../../../src/base/limits.ts";
import { createMetrics } from "../../../src/control/metrics.ts";
import { TrafficCounts } from "../../../src/pipeline/traffic-counts.ts";

function partsInTest(more: Partial<MetricsParts> = {}): MetricsParts & { readonly events: EventCounts } {
  const events = new EventCounts();
  const log = { queueBytes: 10, pendingBytes: 20, refused: 3, checkpointAt: 1_500, size: 40, pending: 5 };
  return {
    version: "1",
    audit: { counts: () => ({ events, log, recordings: null }), healthy: () => true },
    policy: { revision: "r1" },
    records: { queuedBytes: 7 },
    approvals: { counts: createApprovalCounters().read, waiting: async () => 2 },
    counts: new TrafficCounts(),
    traffic: { sessions: () => 4, waitingBytes: () => 8 },
    waitingBytesMax: 1_000,
    ready: () => true,
    events,
    ...more,
  };
}

/** `name{labels}` → value, and the types. */
async function scrape(parts: MetricsParts) {
  const text = await createMetrics(gatewayMetrics(parts)).page();
  const lines = text.split("\n").filter((line) => line !== "");
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of lines) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    const sample = /^([a-zA-Z_:][\w:]*(?:\{[^}]*\})?) (\S+)$/.exec(line);
    if (type) types.set(type[1] ?? "", type[2] ?? "");
    else if (sample) samples.set(sample[1] ?? "", Number(sample[2]));
    else if (!line.startsWith("# HELP ")) throw new Error(`not Prometheus' text: ${line}`);
  }
  return { types, samples };
}

describe("the metrics of a gateway", () => {
  it("show what the path has counted", async () => {
    const parts = partsInTest();
    const { counts } = parts;
    counts.request("Produce", 100);
    counts.request("Produce", 50);
    counts.decisions.deny++;
    counts.bytes.out += 30;
    counts.records.maskedFields += 6;
    counts.connections.accepted++;
    counts.brokers.opened = 3;
    counts.brokers.closed = 1;

    const { samples } = await scrape(parts);

    expect(Object.fromEntries(samples)).toMatchObject({
      'lockkeeper_requests_total{api="Produce"}': 2,
      'lockkeeper_decisions_total{outcome="deny"}': 1,
      'lockkeeper_client_bytes_total{direction="in"}': 150,
      'lockkeeper_client_bytes_total{direction="out"}': 30,
      lockkeeper_masked_fields_total: 6,
      lockkeeper_connections_total: 1,
      lockkeeper_connections_open: 4,
      lockkeeper_broker_connections_open: 2,
      'lockkeeper_policy_info{revision="r1"}': 1,
      'lockkeeper_queue_bytes{queue="audit-journal"}': 10,
      'lockkeeper_queue_bytes{queue="masking"}': 7,
      lockkeeper_audit_last_checkpoint_timestamp_seconds: 1.5,
      lockkeeper_audit_pending_entries: 5,
      lockkeeper_approvals_waiting: 2,
      'lockkeeper_approvals_total{change="approved"}': 0,
    });
  });

  it("have cumulative buckets, with a sum and a count", async () => {
    const parts = partsInTest();
    for (const seconds of [0.0005, 0.002, 0.3, 99]) parts.counts.requestSeconds.write.note(seconds);

    const { samples, types } = await scrape(parts);
    const bucket = (le: string) => samples.get(`lockkeeper_request_seconds_bucket{kind="write",le="${le}"}`);

    expect(types.get("lockkeeper_request_seconds")).toBe("histogram");
    expect([bucket("0.00025"), bucket("0.001"), bucket("0.0025"), bucket("0.5"), bucket("30"), bucket("+Inf")]).toEqual(
      [0, 1, 2, 3, 3, 4],
    );
    expect(samples.get('lockkeeper_request_seconds_count{kind="write"}')).toBe(4);
    expect(samples.get('lockkeeper_request_seconds_sum{kind="write"}')).toBeCloseTo(99.3025);
    expect(samples.get('lockkeeper_request_seconds_count{kind="read"}')).toBe(0);
  });

  it("count events by code, and logins by mechanism and result", async () => {
    const parts = partsInTest();
    const event = { at: 1, actor: null };
    parts.events.note({ ...event, code: "policy.rejected" });
    parts.events.note({ ...event, code: "session.authentication-failed", details: { mechanism: "SCRAM-SHA-256" } });
    parts.events.note({ ...event, code: "session.authentication-failed", details: { mechanism: "scram-sha-256" } });

    const { samples } = await scrape(parts);

    expect(samples.get('lockkeeper_policy_loads_total{result="rejected"}')).toBe(1);
    expect(samples.get('lockkeeper_audit_events_total{code="policy.rejected"}')).toBe(1);
    expect(samples.get('lockkeeper_logins_total{mechanism="scram-sha-256",result="failure"}')).toBe(2);
  });

  it("have no more labels than there are names that the gateway knows, whatever clients say", async () => {
    const parts = partsInTest();
    for (let at = 0; at < 1_000; at++) {
      parts.counts.request(`made-up-${at}`, 1);
      const details = { mechanism: `made-up-${at}` };
      parts.events.note({ at, actor: null, code: "session.authentication-failed", details });
    }

    const { samples } = await scrape(parts);
    const names = (of: string) => [...samples.keys()].filter((name) => name.startsWith(of));

    expect(names("lockkeeper_requests_total")).toHaveLength(limits.metricApisMax + 1);
    expect(samples.get('lockkeeper_requests_total{api="other"}')).toBe(1_000 - limits.metricApisMax);
    expect(parts.counts.bytes.in).toBe(1_000);
    expect(names("lockkeeper_logins_total").length).toBeLessThanOrEqual(2 * limits.metricMechanismsMax + 1);
  });

  it("leave out what Redis would have to say while it is away, and show all else", async () => {
    const away = () => Promise.reject(new LockkeeperError("approvals-unavailable", "away"));
    const parts = partsInTest({ approvals: { counts: createApprovalCounters().read, waiting: away } });

    const { samples } = await scrape(parts);

    expect(samples.has("lockkeeper_approvals_waiting")).toBe(false);
    expect(samples.get("lockkeeper_ready")).toBe(1);
  });

  it("are named as Prometheus wants it", async () => {
    const { types } = await scrape(partsInTest());
    const ours = [...types].filter(([name]) => name.startsWith("lockkeeper_"));
    const wrong = ours.filter(([name, type]) => (type === "counter") !== name.endsWith("_total"));
    expect(wrong).toEqual([]);
    expect(ours.length).toBeGreaterThan(30);
  });
});

describe("the dashboard", () => {
  const dashboard = z
    .object({ panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })).optional() })) })
    .parse(JSON.parse(readFileSync(new URL("../../../deploy/grafana/lockkeeper.json", import.meta.url), "utf8")));
  const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join("\n");
  const shown = new Set(expressions.match(/\b(?:lockkeeper|process|nodejs)_\w+/g));

  const ofWorkers = workerMetrics([]).map(({ name }) => name);

  it("uses no metric that is not there", async () => {
    const { types } = await scrape(partsInTest());
    const there = new Set([...types.keys()].filter((name) => types.get(name) !== "histogram"));
    for (const [name, type] of types)
      if (type === "histogram") for (const suffix of ["_bucket", "_sum", "_count"]) there.add(name + suffix);
    for (const name of ofWorkers) there.add(name);
    expect([...shown].filter((name) => !there.has(name))).toEqual([]);
  });

  it("shows every metric of ours", async () => {
    const { types } = await scrape(partsInTest());
    const ours = [...[...types.keys()].filter((name) => name.startsWith("lockkeeper_")), ...ofWorkers];
    expect(ours.filter((name) => !shown.has(name) && !shown.has(`${name}_bucket`))).toEqual([]);
  });
});
