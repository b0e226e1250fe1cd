// Masks as a checked policy answer carries them, without everything that is not the point of a test.
import { formats } from "../../src/masking/formats/index.ts";
import type { MaskKeys } from "../../src/masking/keys.ts";
import { createMasking, type Masking } from "../../src/masking/mask.ts";
import type { MaskRule } from "../../src/model/decision.ts";
import type { RecordView } from "../../src/model/record.ts";

/** Redacts `field` of JSON values on reads, and is called like it. */
export function maskRule(field: string, over: Partial<MaskRule> = {}): MaskRule {
  return {
    rule: field,
    on: "read",
    in: "value",
    format: "auto",
    formatOptions: {},
    field,
    tag: null,
    detect: [],
    method: { name: "redact", options: {} },
    otherwise: "redact",
    ...over,
  };
}

export function testMasking(keys: MaskKeys = new Map()): Masking {
  return createMasking({ keys, formats });
}

export function recordOf(over: Partial<RecordView> = {}): RecordView {
  return { key: null, value: null, headers: [], offset: 0n, timestamp: 0n, ...over };
}

/** The bytes of one part after masking, as text. */
export function maskedPart(
  rules: readonly MaskRule[],
  source: string | Uint8Array,
  { keys, part = "value" }: { keys?: MaskKeys; part?: "value" | "key" } = {},
): string {
  const bytes = Buffer.from(source);
  const answer = testMasking(keys).masker(rules, { masked: {}, failed: {} })(recordOf({ [part]: bytes }));
  if (answer === undefined) return bytes.toString();
  if (answer === "hide" || "refuse" in answer) throw new Error("the record was hidden or refused");
  return Buffer.from(answer[part] ?? bytes).toString();
}
