// Where brokers are, and that no client is told of a port before it is open.
import { describe, expect, it } from "vitest";
import { silentLog } from "../../../src/base/log.ts";
import { type BrokerTarget, openBroker } from "../../../src/pipeline/broker-link.ts";
import { Cluster, type NodeBook } from "../../../src/pipeline/cluster.ts";
import { InFlight } from "../../../src/pipeline/in-flight.ts";
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

describe("a bootstrap address that fails", () => {
  const second = { ...bootstrap, port: 2 };

  it("is the last choice for half a minute, whether it was not reached or did not answer", () => {
    for (const fails of [
      ({ tried }: BrokerTarget) => tried?.(bootstrap, false),
      ({ tried, unanswered }: BrokerTarget) => {
        tried?.(bootstrap, true);
        unanswered?.();
      },
    ]) {
      const clock = manualClock();
      const cluster = clusterAt([bootstrap, second], clock);
      fails(cluster.target(null));
      const firsts = () => [1, 2].map(() => cluster.target(null).port);
      expect(firsts()).toEqual([2, 2]);
      expect(cluster.target(null).others).toEqual([bootstrap]);
      clock.advance(30_000);
      expect(new Set(firsts())).toEqual(new Set([1, 2]));
    }
  });

  it("is tried all the same where there is no other", () => {
    const cluster = clusterAt([bootstrap]);
    cluster.target(null).tried?.(bootstrap, false);
    expect(cluster.target(null).port).toBe(1);
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

describe("a cluster that changes", () => {
  const at = (nodeId: number, port: number) => ({ nodeId, host: "127.0.0.1", port });

  /** A cluster that was found at one bootstrap broker, whose list of brokers the test changes. */
  async function found(first: readonly ReturnType<typeof at>[]) {
    const brokers = { now: first, looks: 0 };
    const fake = await startFakeBroker((_frame, header) => {
      brokers.looks++;
      return responseFrame(metadata, header.apiVersion, { brokers: [...brokers.now] }, header.correlationId);
    });
    const clock = manualClock();
    const cluster = clusterAt([{ host: "127.0.0.1", port: fake.port }], clock);
    await cluster.discover();
    const lookAgain = async (afterMs: number) => {
      const before = brokers.looks;
      // The next look's timer is set only when the look before has closed its connection.
      await eventually(() => clock.timers > 0);
      clock.advance(afterMs);
      await eventually(() => brokers.looks > before);
      await eventually(() => clock.timers > 0);
    };
    return { cluster, brokers, clock, lookAgain, fake };
  }

  it("is looked at every minute: new brokers are found, those that went are forgotten, moved ones followed", async () => {
    const { cluster, brokers, lookAgain, fake } = await found([at(1, 101), at(2, 102)]);
    await using _ = fake;
    brokers.now = [at(2, 202), at(3, 103)];
    await lookAgain(60_000);
    expect(cluster.target(2).port).toBe(202);
    expect(cluster.target(3).port).toBe(103);
    expect(() => cluster.target(1)).toThrow("broker node 1 is not known");
    cluster.stop();
  });

  it("is looked at within a second of somebody asking for a node that is not known", async () => {
    const { cluster, brokers, lookAgain, fake } = await found([at(1, 101)]);
    await using _ = fake;
    expect(() => cluster.target(7)).toThrow("not known");
    brokers.now = [at(1, 101), at(7, 107)];
    await lookAgain(1_000);
    expect(cluster.target(7).port).toBe(107);
    cluster.stop();
  });

  it("is looked at within a second of a broker that could not be reached", async () => {
    const { cluster, brokers, lookAgain, fake } = await found([at(1, 101)]);
    await using _ = fake;
    const target = cluster.target(1);
    target.tried?.(target, false);
    brokers.now = [at(1, 111)];
    await lookAgain(1_000);
    expect(cluster.target(1).port).toBe(111);
    cluster.stop();
  });

  it("is not looked at more often for many who ask, nor after it was stopped", async () => {
    const { cluster, clock, fake } = await found([at(1, 101)]);
    await using _ = fake;
    for (let i = 0; i < 100; i++) expect(() => cluster.target(9)).toThrow("not known");
    expect(clock.timers).toBe(1);
    cluster.stop();
    expect(() => cluster.target(9)).toThrow("not known");
    expect(clock.timers).toBe(0);
  });

  it("says in its state when it cannot be reached any more, and when it can again", async () => {
    const { cluster, clock, fake } = await found([]);
    expect(cluster.state).toBe("reached");
    await fake[Symbol.asyncDispose]();
    await eventually(() => clock.timers > 0);
    clock.advance(60_000);
    await eventually(() => /^away: broker 127\.0\.0\.1:\d+: ECONNREFUSED$/.test(cluster.state));
    cluster.stop();
  });
});

const linkParts = () => ({ protocol: kafka, inFlight: new InFlight(() => {}), clock: manualClock() });

describe("several bootstrap addresses", () => {
  it("are tried one after the other within one connection", async () => {
    await using fake = await startFakeBroker(() => null);
    const alive = { host: "127.0.0.1", port: fake.port };
    const target = clusterAt([bootstrap, alive]).target(null);
    const tried: [number, boolean][] = [];
    const link = await openBroker(
      { ...target, tried: ({ port }, reached) => void tried.push([port, reached]) },
      linkParts(),
    );
    expect(tried).toEqual([
      [1, false],
      [fake.port, true],
    ]);
    link.close();
  });

  it("are followed by the brokers that are known, should all of them be gone", () => {
    const cluster = clusterAt([bootstrap]);
    void cluster.book(ports(async () => {})).learn([broker]);
    expect(cluster.target(null)).toMatchObject({ ...bootstrap, others: [{ host: "kafka-3.internal", port: 9092 }] });
  });

  it("that are all dead are named in the failure", async () => {
    const target = clusterAt([bootstrap, { ...bootstrap, port: 2 }]).target(null);
    await expect(openBroker(target, linkParts())).rejects.toThrow(
      "broker 127.0.0.1:1: ECONNREFUSED; broker 127.0.0.1:2: ECONNREFUSED",
    );
  });
});
