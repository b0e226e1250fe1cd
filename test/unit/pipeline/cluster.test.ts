// Where brokers are, and that no client is told of a port before it is open.
import { describe, expect, it } from "vitest";
import { silentLog } from "../../../src/base/log.ts";
import { Cluster, type NodeBook } from "../../../src/pipeline/cluster.ts";
import { kafka } from "../../../src/protocols/kafka/index.ts";
import { metadata } from "../../../src/protocols/kafka/messages/metadata.ts";
import { startFakeBroker } from "../../support/fake-broker.ts";
import { responseFrame } from "../../support/frames.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { deferred, eventually } from "../../support/wait.ts";

function clusterAt(bootstrap: readonly { host: string; port: number }[], clock = manualClock()): Cluster {
  return new Cluster({
    name: "test",
    bootstrap,
    tls: () => null,
    answerBytesMax: 1024 * 1024,
    protocol: kafka,
    clock,
    log: silentLog,
    login: () => null,
  });
}

const bootstrap = { host: "127.0.0.1", port: 1 };
const broker = { node: 3, host: "kafka-3.internal", port: 9092 };

/** A listener's ports, opened when the test says so. */
function ports(open: (node: number) => Promise<void>): NodeBook & { readonly opened: number[] } {
  const opened: number[] = [];
  return {
    opened,
    advertised: (node) => ({ host: "gateway.test", port: 20_000 + node }),
    open(node) {
      opened.push(node);
      return open(node);
    },
  };
}

describe("learning of brokers", () => {
  it("waits until a new node's port is open, and not at all for one that is known", async () => {
    const cluster = clusterAt([bootstrap]);
    const listener = ports(async () => {});
    const book = cluster.book(listener);
    await book.learn([broker]);
    expect(book.learn([broker])).toBeUndefined();
    expect(listener.opened).toEqual([3]);
    expect(cluster.target(3)).toMatchObject({ host: "kafka-3.internal", port: 9092 });
  });

  it("makes a second answer wait for the port that a first one is opening", async () => {
    const gate = deferred();
    const book = clusterAt([bootstrap]).book(ports(() => gate.promise));
    const first = book.learn([broker]);
    const second = book.learn([broker]);
    expect(second).toBeInstanceOf(Promise);
    gate.resolve();
    await Promise.all([first, second]);
  });

  it("tries a port again that could not be opened", async () => {
    let taken = true;
    const listener = ports(() => (taken ? Promise.reject(new Error("EADDRINUSE")) : Promise.resolve()));
    const book = clusterAt([bootstrap]).book(listener);
    await expect(book.learn([broker])).rejects.toThrow("EADDRINUSE");
    taken = false;
    await book.learn([broker]);
    expect(listener.opened).toEqual([3, 3]);
  });

  it("follows a node that has moved", async () => {
    const cluster = clusterAt([bootstrap]);
    const book = cluster.book(ports(async () => {}));
    await book.learn([broker]);
    await book.learn([{ ...broker, host: "kafka-3b.internal" }]);
    expect(cluster.target(3).host).toBe("kafka-3b.internal");
  });

  it("takes nothing for a node that is none", () => {
    const cluster = clusterAt([bootstrap]);
    expect(cluster.book(ports(async () => {})).learn([{ ...broker, node: -1 }])).toBeUndefined();
    expect(() => cluster.target(-1)).toThrow(/not known/);
  });

  it("goes round the bootstrap addresses", () => {
    const cluster = clusterAt([bootstrap, { ...bootstrap, port: 2 }]);
    expect([1, 2, 3].map(() => cluster.target(null).port)).toEqual([1, 2, 1]);
  });
});

describe("discovering", () => {
  it("tries until the cluster is found, then knows its brokers and versions", async () => {
    const clock = manualClock();
    let fails = 2;
    await using fake = await startFakeBroker((_frame, header, socket) => {
      if (fails-- > 0) {
        socket.destroy();
        return null;
      }
      const brokers = [{ nodeId: 3, host: "kafka-3.internal", port: 9092 }];
      return responseFrame(metadata, header.apiVersion, { brokers }, header.correlationId);
    });
    const cluster = clusterAt([{ host: "127.0.0.1", port: fake.port }], clock);
    let found = false;
    const discovering = cluster.discover().then(() => (found = true));
    await eventually(() => {
      if (clock.timers > 0) clock.advance(20_000);
      return found;
    });
    await discovering;
    expect(cluster.protocol.ready).toBe(true);
    expect(cluster.target(3).port).toBe(9092);
  });
});
