// The framer: any cut of a stream gives the same frames, a hostile size is refused, and nothing is kept beyond what came.
import { LockkeeperError } from "../../../src/base/errors.ts";
import { kafkaFramer } from "../../../src/protocols/kafka/framing.ts";
import type { Random } from "../random.ts";
import { type FuzzTarget, finding, wordsOf } from "../target.ts";

const frameBytesMax = 4_096;

function frameOf(body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(body.length);
  return Buffer.concat([head, body]);
}

function cut(input: Buffer, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    const end = at + 1 + random.int(random.pick([3, 40, 5_000]));
    chunks.push(input.subarray(at, end));
    at = end;
  }
  return chunks;
}

interface Framed {
  readonly frames: readonly string[];
  readonly error: string;
  readonly pending: number;
}

function framed(chunks: readonly Buffer[]): Framed {
  const framer = kafkaFramer(frameBytesMax);
  const frames: string[] = [];
  try {
    for (const chunk of chunks) frames.push(...framer.push(chunk).map((frame) => frame.toString("latin1")));
    return { frames, error: "", pending: framer.pendingBytes };
  } catch (error) {
    if (!(error instanceof LockkeeperError)) throw error;
    return { frames, error: error.code, pending: 0 };
  }
}

export const framing: FuzzTarget = {
  name: "framing",
  what: "any cut of a stream gives the same frames or the same refusal",
  start: () => ({
    sample(random) {
      const sizes = Array.from({ length: random.int(6) }, () => random.int(random.pick([2, 40, 5_000])));
      return Buffer.concat(sizes.map((size) => frameOf(random.bytes(size))));
    },
    run(input, random) {
      const [whole, pieces] = [framed([input]), framed(cut(input, random))];
      if (whole.error !== pieces.error) finding(`whole: ${whole.error}, in pieces: ${pieces.error}`);
      if (whole.error === "" && whole.frames.join("|") !== pieces.frames.join("|"))
        finding("cut differently, other frames");
      if (pieces.pending > input.length || pieces.pending > frameBytesMax + 4) finding("more is kept than came");
      return `${wordsOf(whole.error)} ${Math.min(whole.frames.length, 8)} ${whole.pending > 0}`;
    },
    async [Symbol.asyncDispose]() {},
  }),
};
