// Brokers' addresses become the gateway's; only a broker that is new makes an answer wait.
import { describe, expect, it } from "vitest";
import { readdressed } from "../../../../src/protocols/kafka/addresses.ts";
import type { AddressBook, BrokerAddress } from "../../../../src/protocols/protocol.ts";

const brokers = [
  { id: 1, host: "kafka-1.internal", port: 9092, rack: "a" },
  { id: -1, host: "kafka-2.internal", port: 9092, rack: "b" },
];

function book(opening?: Promise<void>): AddressBook & { readonly learnt: BrokerAddress[] } {
  const learnt: BrokerAddress[] = [];
  return {
    learnt,
    learn(addresses) {
      learnt.push(...addresses);
      return opening;
    },
    advertised: (node) => ({ host: "gateway.test", port: 20_000 + node }),
  };
}

const run = (its: AddressBook) =>
  readdressed(
    its,
    brokers,
    ({ id }) => id,
    (changed) => changed,
  );

describe("readdressing", () => {
  it("replaces host and port and nothing else; a negative node has none", () => {
    expect(run(book())).toEqual([
      { id: 1, host: "gateway.test", port: 20_001, rack: "a" },
      { id: -1, host: "", port: -1, rack: "b" },
    ]);
  });

  it("learns the brokers that there are", () => {
    const its = book();
    void run(its);
    expect(its.learnt).toEqual([{ node: 1, host: "kafka-1.internal", port: 9092 }]);
  });

  it("waits where a port opens first", async () => {
    const opening = Promise.withResolvers<void>();
    let done = false;
    const waiting = Promise.resolve(run(book(opening.promise))).then(() => (done = true));
    await Promise.resolve();
    expect(done).toBe(false);
    opening.resolve();
    await waiting;
  });
});
