// What every audit sink must do, run over all of them; and the delivery that feeds them.
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createDelivery, type SinkFormat, type SinkState } from "../../src/audit/delivery.ts";
import type { AuditSink, SinkEvent } from "../../src/audit/sink.ts";
import { createFileSink } from "../../src/audit/sinks/file.ts";
import { type SinkName, sinks } from "../../src/audit/sinks/index.ts";
import { createKafkaSink, type SinkProducer } from "../../src/audit/sinks/kafka.ts";
import { createStdoutSink } from "../../src/audit/sinks/stdout.ts";
import { createWebhookSink } from "../../src/audit/sinks/webhook.ts";
import { silentLog } from "../../src/base/log.ts";
import { Sensitive } from "../../src/base/sensitive.ts";
import { denied, openTestLog, temporaryFolder, testClock } from "../unit/audit/fixtures.ts";

interface Case {
  readonly sink: AuditSink;
  /** Makes the next deliveries fail. */
  readonly breakIt: () => void;
  readonly received: () => Promise<string[]> | string[];
}

const cases: Record<SinkName, () => Promise<Case>> = {
  file: async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "events.ndjson");
    const holder = { path };
    return {
      sink: { ...createFileSink({ path }), deliver: (batch) => createFileSink(holder).deliver(batch) },
      breakIt: () => {
        holder.path = join(folder, "no", "such", "folder");
      },
      received: async () => (await readFile(path, "utf8")).split("\n").slice(0, -1),
    };
  },
  stdout: async () => {
    const lines: string[] = [];
    let broken = false;
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (broken) return done(new Error("EPIPE"));
        lines.push(...chunk.toString().split("\n").slice(0, -1));
        done();
      },
    });
    stream.on("error", () => {});
    return {
      sink: createStdoutSink({ stream }),
      breakIt: () => {
        broken = true;
      },
      received: () => lines,
    };
  },
  kafka: async () => {
    const values: string[] = [];
    const state = { broken: false, connections: 0 };
    const producer: SinkProducer = {
      connect: async () => void state.connections++,
      disconnect: async () => {},
      async send({ messages }) {
        if (state.broken) throw new Error("EPIPE: no broker");
        values.push(...messages.map(({ value }) => String(value)));
        return [];
      },
    };
    const settings = { bootstrap: ["127.0.0.1:1"], topic: "audit", login: null, tls: null };
    return {
      sink: createKafkaSink(settings, async () => producer),
      breakIt: () => {
        state.broken = true;
      },
      received: () => values,
    };
  },
  webhook: async () => {
    const lines: string[] = [];
    let broken = false;
    const take = async (request: IncomingMessage, response: ServerResponse) => {
      const body = Buffer.concat(await Array.fromAsync(request)).toString();
      const whole = request.headers["content-type"]?.startsWith("application/cloudevents-batch+json");
      if (broken || !whole || request.headers.authorization !== "Bearer secret") {
        response.writeHead(503).end("EPIPE");
        return;
      }
      lines.push(...(JSON.parse(body) as unknown[]).map((event) => JSON.stringify(event)));
      response.writeHead(204).end();
    };
    const server = createServer((request, response) => void take(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const token = new Sensitive("secret");
    return {
      sink: createWebhookSink({ url: `http://127.0.0.1:${port}/events`, token, batch: "cloudevents" }),
      breakIt: () => {
        broken = true;
      },
      received: () => lines,
    };
  },
};

function events(from: number, count: number): SinkEvent[] {
  return Array.from({ length: count }, (_, i) => ({ index: from + i, json: JSON.stringify({ id: from + i }) }));
}

describe.each(sinks.map(({ name }) => name))("the sink %s", (name) => {
  it("has what was delivered, in order, once deliver resolves", async () => {
    const { sink, received } = await cases[name]();

    await sink.deliver(events(0, 3));
    await sink.deliver(events(3, 2));

    expect(await received()).toEqual(events(0, 5).map(({ json }) => json));
    await sink.close();
  });

  it("is named as in the list", async () => {
    expect((await cases[name]()).sink.name).toBe(name);
  });

  it("rejects when the events did not arrive", async () => {
    const { sink, breakIt } = await cases[name]();
    breakIt();

    await expect(sink.deliver(events(0, 1))).rejects.toThrow(/ENOENT|EPIPE|answered 503/);
  });
});

async function setUp(count: number, format: SinkFormat = "cloudevents") {
  const folder = await temporaryFolder();
  const log = await openTestLog(folder);
  await Promise.all(Array.from({ length: count }, (_, i) => log.record(denied(String(i)))));
  await log.checkpoint();
  const got: number[] = [];
  const lines: string[] = [];
  const states: SinkState[] = [];
  const state = { failing: false };
  const sink: AuditSink = {
    name: "test",
    deliver(batch) {
      if (state.failing) return Promise.reject(new Error("away"));
      got.push(...batch.map(({ index }) => index));
      lines.push(...batch.map(({ json }) => json));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const clock = testClock();
  const positionFile = join(folder, "sinks", "test.position");
  const directory = join(folder, "audit");
  const onState = (next: SinkState) => void states.push(next);
  const open = () => createDelivery({ directory, sink, positionFile, format, onState, clock, log: silentLog });
  return { log, got, lines, state, states, clock, positionFile, open };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("delivery", () => {
  it("brings everything under the checkpoint, and nothing else", async () => {
    const { log, got, open } = await setUp(600);
    await log.record(denied("not under a checkpoint yet"));
    const delivery = open();

    delivery.poke();
    await delivery.settled();

    expect(got).toEqual(upTo(600));
  });

  it("goes on where it was after a restart", async () => {
    const { log, got, open } = await setUp(3);
    const first = open();
    first.poke();
    await first.settled();
    await first.close();
    await log.record(denied("3"));
    await log.checkpoint();

    const second = open();
    second.poke();
    await second.settled();

    expect(got).toEqual(upTo(4));
  });

  it("brings again what a sink that was away has missed", async () => {
    const { got, state, states, clock, open } = await setUp(3);
    state.failing = true;
    const delivery = open();
    delivery.poke();
    await delivery.settled();
    delivery.poke();
    await delivery.settled();
    expect(got).toEqual([]);
    state.failing = false;

    clock.advance(2_000);

    await vi.waitFor(() => expect(got).toEqual(upTo(3)));
    await vi.waitFor(() =>
      expect(states).toEqual([
        { state: "failed", position: 0, error: "away" },
        { state: "recovered", position: 3, error: null },
      ]),
    );
    expect(await delivery.position()).toBe(3);
  });

  it("gives its last events when it is closed", async () => {
    const { got, open } = await setUp(5);

    await open().close();

    expect(got).toEqual(upTo(5));
  });

  it("can give Elastic Common Schema instead", async () => {
    const { lines, open } = await setUp(1, "ecs");

    await open().close();

    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      "@timestamp": "2026-09-21T14:13:20.123Z",
      ecs: { version: "8.17.0" },
      event: {
        kind: "event",
        category: ["api"],
        type: ["denied"],
        action: "operation.denied",
        outcome: "failure",
        severity: 60,
        provider: "/lockkeeper/test%20gateway",
        sequence: 0,
      },
      message: "Ask the owners of orders.",
      user: { name: "alice" },
      source: { address: "127.0.0.1:40000", ip: "127.0.0.1", port: 40_000 },
      error: { code: "TOPIC_AUTHORIZATION_FAILED" },
      rule: { name: "no rule allows it", version: "r1" },
      lockkeeper: { operation: "topic.delete", resource: { type: "topic", name: "orders" }, decision: "deny" },
    });
  });

  it("begins at the beginning when its position cannot be read", async () => {
    const { got, positionFile, open } = await setUp(2);
    const first = open();
    first.poke();
    await first.settled();
    await writeFile(positionFile, "garbage");

    const second = open();
    second.poke();
    await second.settled();

    expect(got).toEqual([0, 1, 0, 1]);
  });
});
