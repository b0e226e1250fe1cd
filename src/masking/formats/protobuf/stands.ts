// Well-known messages that stand for one value, so that methods see a time and not two numbers, a text and not a message around it.
// Source: google/protobuf/timestamp.proto and wrappers.proto.
import type { Scalar, TimeUnit } from "../../scalar.ts";
import { readScalar, writeScalar } from "./scalars.ts";
import type { ProtoField, ProtoMessage, ProtoScalar } from "./schema.ts";
import { encodeTag, WireCursor, wireOf } from "./wire.ts";

const nanosPer: Readonly<Record<TimeUnit, bigint>> = {
  days: 86_400_000_000_000n,
  seconds: 1_000_000_000n,
  millis: 1_000_000n,
  micros: 1_000n,
  nanos: 1n,
};
const perSecond = nanosPer.seconds;
const seconds: ProtoScalar = { kind: "scalar", scalar: "int64" };
const nanos: ProtoScalar = { kind: "scalar", scalar: "int32" };

/** What the message at `[start, end)` (without its length) stands for; null where it stands for itself. Throws Malformed. */
export function standsFor(message: ProtoMessage, bytes: Uint8Array, start: number, end: number): Scalar | null {
  if (message.stands === null) return null;
  const values = new Map<number, Scalar>();
  const cursor = new WireCursor(bytes, start, end);
  while (cursor.at < end) {
    const tag = cursor.uint32();
    const known = message.fields.get(tag >>> 3);
    const valueStart = cursor.at;
    cursor.skip(tag & 7, tag >>> 3);
    // The last one counts.
    if (known !== undefined && known.type.kind === "scalar" && wireOf(known.type) === (tag & 7))
      values.set(known.number, readScalar(known.type, bytes, valueStart, cursor.at));
  }
  if (message.stands === "wrapper") return values.get(1) ?? zeroOf(message.fields.get(1));
  const value = integer(values.get(1)) * perSecond + integer(values.get(2));
  return { kind: "time", value, unit: "nanos" };
}

function integer(value: Scalar | undefined): bigint {
  return value?.kind === "integer" ? value.value : 0n;
}

/** A wrapper without its field holds that type's zero. */
function zeroOf(wrapped: ProtoField | undefined): Scalar | null {
  if (wrapped?.type.kind !== "scalar") return null;
  const { scalar } = wrapped.type;
  return readScalar(wrapped.type, Buffer.alloc(8), 0, scalar === "string" || scalar === "bytes" ? 1 : 8);
}

/** The message's content, or null where it does not stand for such a value. */
export function standIn(message: ProtoMessage, value: Scalar): Uint8Array | null {
  if (message.stands === "wrapper") {
    const type = message.fields.get(1)?.type;
    return type?.kind === "scalar" ? field(1, type, value) : null;
  }
  if (message.stands !== "timestamp" || value.kind !== "time") return null;
  const total = value.value * nanosPer[value.unit];
  const rest = ((total % perSecond) + perSecond) % perSecond;
  const whole = field(1, seconds, integer64((total - rest) / perSecond));
  const part = field(2, nanos, integer64(rest));
  return whole === null || part === null ? null : Buffer.concat([whole, part]);
}

function integer64(value: bigint): Scalar {
  return { kind: "integer", value, min: value, max: value };
}

function field(number: number, type: ProtoScalar, value: Scalar): Buffer | null {
  const bytes = writeScalar(type, value);
  return bytes === null ? null : Buffer.concat([encodeTag(number, wireOf(type)), bytes]);
}
