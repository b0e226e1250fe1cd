// The codec, every API × version in both directions, and the request header: damaged bytes are refused as malformed or read, and what was read is
// written to bytes that read the same.
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { LockkeeperError } from "../../../src/base/errors.ts";
import { readRequestHeader } from "../../../src/protocols/kafka/header.ts";
import type { Message } from "../../../src/protocols/kafka/schema.ts";
import { everyMessage, valueOf } from "../../property/kafka-values.ts";
import type { Random } from "../random.ts";
import { type FuzzTarget, finding, wordsOf } from "../target.ts";

/** Every message × version; the first two bytes of an input choose one. */
const forms = everyMessage.flatMap((message) =>
  Array.from({ length: message.versions.max - message.versions.min + 1 }, (_, index) => ({
    message,
    version: message.versions.min + index,
  })),
);
const prefixBytes = 2;

/** Bytes of random values, made once for each form. */
const samples = new Map<Message<object>, Map<number, readonly Buffer[]>>();
const samplesEach = 4;

/** The bytes of a random value. */
export function sampleOf(given: unknown, version: number, random: Random): Buffer {
  const message = given as Message<object>;
  let byVersion = samples.get(message);
  if (!byVersion) samples.set(message, (byVersion = new Map()));
  let made = byVersion.get(version);
  if (!made) {
    const values = valueOf(message.struct, version, message.isFlexible(version));
    const options = { numRuns: samplesEach, seed: random.int(2 ** 31) };
    made = fc.sample(values, options).map((value) => message.encode(value, version));
    byVersion.set(version, made);
  }
  return random.pick(made);
}

export const messages: FuzzTarget = {
  name: "messages",
  what: "every API × version: malformed bytes are refused as such, all others read the same after being written",
  start: () => ({
    sample(random) {
      const index = random.int(forms.length);
      const prefix = Buffer.alloc(prefixBytes);
      prefix.writeUInt16BE(index);
      const { message, version } = forms[index] as (typeof forms)[number];
      return Buffer.concat([prefix, sampleOf(message, version, random)]);
    },
    run(input) {
      if (input.length < prefixBytes) return "short";
      const form = forms[input.readUInt16BE(0) % forms.length] as (typeof forms)[number];
      const { message, version } = form;
      const body = input.subarray(prefixBytes);
      tryHeader(body);
      const way = `${message.name} ${version}`;
      let value: object;
      try {
        value = message.decode(body, 0, version);
      } catch (error) {
        if (error instanceof LockkeeperError && error.code === "message-malformed") return `${way} ${wordsOf(error)}`;
        throw error;
      }
      const written = message.encode(value, version);
      if (!isDeepStrictEqual(message.decode(written, 0, version), value))
        finding(`${way} is read otherwise once it is written`);
      return `${way} read ${Math.min(8, written.length >> 4)}`;
    },
    async [Symbol.asyncDispose]() {},
  }),
};

function tryHeader(body: Buffer): void {
  const frame = Buffer.alloc(body.length + 4);
  frame.writeInt32BE(body.length);
  body.copy(frame, 4);
  try {
    if (readRequestHeader(frame).bodyOffset > frame.length) finding("a header that is longer than its frame");
  } catch (error) {
    if (!(error instanceof LockkeeperError && error.code === "message-malformed")) throw error;
  }
}
