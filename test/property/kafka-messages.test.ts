// For every API × version, both directions: decode∘encode is the identity on values, encode∘decode on bytes, and no damaged or
// hostile bytes do anything else than be refused.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LockkeeperError } from "../../src/base/errors.ts";
import type { Message } from "../../src/protocols/kafka/schema.ts";
import { everyMessage, valueOf } from "./kafka-values.ts";

function versionsOf({ versions: { min, max } }: Message<object>): number[] {
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}

function arbitraryOf(message: Message<object>, version: number): fc.Arbitrary<object> {
  return valueOf(message.struct, version, message.isFlexible(version));
}

describe.each(everyMessage.map((message) => ({ name: message.name, message })))("$name", ({ message }) => {
  test("reads back what it wrote, and writes back what it read, in every version", () => {
    for (const version of versionsOf(message)) {
      fc.assert(
        fc.property(arbitraryOf(message, version), (value) => {
          const bytes = message.encode(value, version);
          const read = message.decode(bytes, 0, version);
          expect(read).toEqual(value);
          expect(message.encode(read, version).equals(bytes)).toBe(true);
        }),
        { numRuns: 12 },
      );
    }
  });

  test("refuses or reads damaged bytes, and never throws anything else than message-malformed", () => {
    for (const version of versionsOf(message)) {
      const damage = fc.record({
        value: arbitraryOf(message, version),
        at: fc.nat(),
        byte: fc.integer({ min: 0, max: 255 }),
        cut: fc.boolean(),
      });
      fc.assert(
        fc.property(damage, ({ value, at, byte, cut }) => {
          const bytes = Buffer.from(message.encode(value, version));
          if (bytes.length === 0) return;
          bytes[at % bytes.length] = byte;
          const damaged = cut ? bytes.subarray(0, at % bytes.length) : bytes;
          const code = codeOf(() => message.decode(damaged, 0, version));
          expect([null, "message-malformed"]).toContain(code);
        }),
        { numRuns: 6 },
      );
    }
  });

  test("refuses bytes that are left over", () => {
    for (const version of versionsOf(message)) {
      const bytes = Buffer.concat([message.encode(message.create(), version), Buffer.of(0)]);
      expect(codeOf(() => message.decode(bytes, 0, version))).toBe("message-malformed");
    }
  });

  test("says where it ends when bytes follow it", () => {
    for (const version of versionsOf(message)) {
      const whole = message.encode(message.create(), version);
      const { end } = message.decodeStart(Buffer.concat([whole, Buffer.of(1, 2, 3)]), 0, version);
      expect(end).toBe(whole.length);
    }
  });

  test("has no versions beyond its own", () => {
    const { min, max } = message.versions;
    for (const version of [min - 1, max + 1, Number.NaN]) {
      expect(codeOf(() => message.encode(message.create(), version))).toBe("version-unsupported");
    }
  });
});

function codeOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof LockkeeperError) return error.code;
    throw error;
  }
}
