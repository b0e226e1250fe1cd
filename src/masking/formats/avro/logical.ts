// Avro's logical types, as far as they say what a replacement must look like. One that is not valid counts as none, as the specification wants.
import { z } from "zod";
import type { Decimal, IntegerLogical } from "./schema.ts";

type Node = Readonly<Record<string, unknown>>;

const time = (unit: (IntegerLogical & { kind: "time" })["unit"]): IntegerLogical => ({ kind: "time", unit });
const timeOfDay = (perSecond: bigint): IntegerLogical => ({ kind: "time-of-day", count: 86_400n * perSecond });

const integers: Readonly<Record<"int" | "long", ReadonlyMap<unknown, IntegerLogical>>> = {
  int: new Map<unknown, IntegerLogical>([
    ["date", time("days")],
    ["time-millis", timeOfDay(1_000n)],
  ]),
  long: new Map<unknown, IntegerLogical>([
    ["time-micros", timeOfDay(1_000_000n)],
    ["timestamp-millis", time("millis")],
    ["timestamp-micros", time("micros")],
    ["timestamp-nanos", time("nanos")],
    ["local-timestamp-millis", time("millis")],
    ["local-timestamp-micros", time("micros")],
    ["local-timestamp-nanos", time("nanos")],
  ]),
};

export function logicalOfInteger(kind: "int" | "long", node: Node): IntegerLogical | null {
  return integers[kind].get(node["logicalType"]) ?? null;
}

export function logicalOfBytes(node: Node): Decimal | null {
  return node["logicalType"] === "decimal" ? decimalOf(node) : null;
}

export function logicalOfString(node: Node): "uuid" | null {
  return node["logicalType"] === "uuid" ? "uuid" : null;
}

export function logicalOfFixed(node: Node, size: number): Decimal | "uuid" | null {
  if (node["logicalType"] === "uuid" && size === 16) return "uuid";
  return node["logicalType"] === "decimal" ? decimalOf(node) : null;
}

/** A decimal of thousands of digits is a schema gone wrong, and would cost much to take apart. */
const decimalSchema = z
  .looseObject({ precision: z.int().min(1).max(1_000), scale: z.int().min(0).default(0) })
  .refine(({ precision, scale }) => scale <= precision);

function decimalOf(node: Node): Decimal | null {
  const parsed = decimalSchema.safeParse(node);
  return parsed.success ? { kind: "decimal", precision: parsed.data.precision, scale: parsed.data.scale } : null;
}
