// JSON documents with ten fields that a mask may be about, and the masks for the first so many of them.
import type { MaskRule } from "../../../src/model/decision.ts";
import { maskRule } from "../../support/masking.ts";
import { payloadLines } from "../workloads.ts";

const fields = [
  "$.customer.email",
  "$.customer.name",
  "$.customer.card",
  "$.amount",
  "$.order",
  "$.ship.street",
  "$.ship.city",
  "$.ship.phone",
  "$.items[*].sku",
  "$..ip",
];

/** About a KiB each, as `npm run bench` writes them, with a few more members. */
export function jsonValues(count: number): Buffer[] {
  return payloadLines(count)
    .trim()
    .split("\n")
    .map((line, index) => {
      const value = JSON.parse(line) as Record<string, unknown>;
      const ship = { street: `Street ${index}`, city: "Town", phone: `+49 30 ${1_000_000 + index}` };
      const text = JSON.stringify({
        ...value,
        ship,
        items: [
          { sku: `s${index}`, n: 1 },
          { sku: "b", n: 2 },
        ],
        ip: "10.0.0.7",
      });
      const note = String(value["note"]);
      const over = text.length - 1024;
      return Buffer.from(over > 0 ? text.replace(note, note.slice(over)) : text);
    });
}

/** -1: one rule, for a field that no document has. */
export function jsonMasks(count: number): MaskRule[] {
  if (count < 0) return [maskRule("$.nowhere.to.be.found")];
  return fields.slice(0, count).map((field) => maskRule(field));
}
