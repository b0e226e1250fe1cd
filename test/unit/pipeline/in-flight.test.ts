// Whatever comes first, the answers leave in the order of the requests, each once.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Expected, InFlight, type Place } from "../../../src/pipeline/in-flight.ts";

function sending(): { readonly inFlight: InFlight; readonly sent: string[] } {
  const sent: string[] = [];
  return { inFlight: new InFlight((pieces) => sent.push(Buffer.concat(pieces).toString())), sent };
}

const say = (text: string) => [Buffer.from(text)];
const waiting = (correlation = 0, take: Expected["take"] = () => {}, lost = () => {}): Expected => ({
  correlation,
  take,
  lost,
});

describe("the order of one connection", () => {
  it("keeps an answer until all before it have left", () => {
    const { inFlight, sent } = sending();
    const [first, second, third] = [inFlight.place(), inFlight.place(), inFlight.place()];
    inFlight.fill(third, say("3"));
    inFlight.fill(second, say("2"));
    expect(sent).toEqual([]);
    inFlight.fill(first, say("1"));
    expect(sent).toEqual(["1", "2", "3"]);
    expect(inFlight.size).toBe(0);
  });

  it("gives a request without an answer no place in what leaves", () => {
    const { inFlight, sent } = sending();
    const [first, silent, third] = [inFlight.place(), inFlight.place(), inFlight.place()];
    inFlight.fill(silent, null);
    inFlight.fill(third, say("3"));
    inFlight.fill(first, say("1"));
    expect(sent).toEqual(["1", "3"]);
  });

  it("answers a request once", () => {
    const { inFlight } = sending();
    const place = inFlight.place();
    inFlight.fill(place, say("1"));
    expect(() => inFlight.fill(place, say("again"))).toThrow(/once/);
  });

  it("knows nothing of an answer that was not asked for", () => {
    expect(sending().inFlight.next()).toBeUndefined();
  });

  it("tells every wait for a broker that is gone, once", () => {
    const { inFlight } = sending();
    const lost: number[] = [];
    for (const correlation of [1, 2]) inFlight.expect(waiting(correlation, undefined, () => lost.push(correlation)));
    inFlight.abandon();
    inFlight.abandon();
    expect(lost).toEqual([1, 2]);
    expect(inFlight.owed).toBe(0);
  });

  /** Steps of a connection's life: a request that the broker answers, one that we answer (soon or late), acks=0, a question of our own. */
  const step = fc.constantFrom("broker", "ours", "late", "silent", "ask", "answer", "settle");

  it("holds for any interleaving", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { inFlight, sent } = sending();
        const wanted: string[] = [];
        const late: (() => void)[] = [];
        let next = 0;
        const finish = (place: Place, text: string) => inFlight.fill(place, say(text));
        const answer = () => inFlight.next()?.take(Buffer.alloc(0));
        for (const each of steps) {
          const text = String(next++);
          if (each === "answer") answer();
          else if (each === "settle") late.shift()?.();
          else if (each === "ask") inFlight.expect(waiting());
          else {
            const place = inFlight.place();
            if (each !== "silent") wanted.push(text);
            if (each === "broker") inFlight.expect(waiting(0, () => finish(place, text)));
            if (each === "ours") finish(place, text);
            if (each === "late") late.push(() => finish(place, text));
            if (each === "silent") inFlight.fill(place, null);
          }
          expect(sent).toEqual(wanted.slice(0, sent.length));
        }
        for (const settle of late) settle();
        while (inFlight.owed > 0) answer();
        expect(sent).toEqual(wanted);
        expect(inFlight.size).toBe(0);
      }),
    );
  });
});
