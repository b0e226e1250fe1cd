// The same orders in Avro and in Protobuf, in Confluent's wire format, with masks for the first so many of their ten fields.
import avsc from "avsc";
import protobuf from "protobufjs";
import { silentLog } from "../../../src/base/log.ts";
import { formatsWith } from "../../../src/masking/formats/index.ts";
import { createMasking, type Masking } from "../../../src/masking/mask.ts";
import type { MaskRule } from "../../../src/model/decision.ts";
import { maskRule } from "../../support/masking.ts";
import { avroSchema, prefixed, registered, schemasOf } from "../../unit/masking/formats/registry-in-test.ts";

const names = ["email", "name", "card", "order", "street", "city", "phone", "sku", "ip", "iban"] as const;
const noteBytes = 800;

const avro = {
  type: "record",
  name: "Order",
  fields: [...names, "note"].map((name) => ({ name, type: "string" })),
} as const;
const proto = `syntax = "proto3"; message Order { ${[...names, "note"].map((name, index) => `string ${name} = ${index + 1};`).join(" ")} }`;

function order(index: number): Record<string, string> {
  const fields = names.map((name) => [name, `${name} of order ${index}`]);
  return { ...Object.fromEntries(fields), note: `${index} `.repeat(noteBytes).slice(0, noteBytes) };
}

export function avroValues(count: number): Buffer[] {
  const type = avsc.Type.forSchema(avro);
  return Array.from({ length: count }, (_, index) => prefixed(1, type.toBuffer(order(index))));
}

export function protobufValues(count: number): Buffer[] {
  const type = protobuf.parse(proto).root.lookupType("Order");
  // The message's index in its file: 0, written as one zero.
  const at = Buffer.of(0);
  return Array.from({ length: count }, (_, index) =>
    prefixed(2, Buffer.concat([at, type.encode(type.create(order(index))).finish()])),
  );
}

export function schemaMasks(count: number): MaskRule[] {
  if (count < 0) return [maskRule("$.nowhere")];
  return names.slice(0, count).map((name) => maskRule(`$.${name}`));
}

export function schemaMasking(): Masking {
  const schemas = schemasOf({ "ids/1": avroSchema(avro), "ids/2": registered("PROTOBUF", proto) });
  return createMasking({ keys: new Map(), formats: formatsWith({ schemas, log: silentLog }) });
}
