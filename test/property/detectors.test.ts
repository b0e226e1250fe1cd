// Whatever samples a record is made of: nothing that a detector has to find is in the masked record, in JSON, CSV and plain text.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { detectors } from "../../src/masking/detectors/index.ts";
import { samples } from "../detectors/samples.ts";
import { maskedPart, maskRule } from "../support/masking.ts";

const detect = detectors.map(({ name }) => name);
const all = samples();
const withWord = fc.constantFrom(...all);
/** In a text there are no names of fields. */
const withoutWord = fc.constantFrom(
  ...all.filter(({ field, labels }) => field === "" && Object.keys(labels).length > 0),
);
const secretsOf = ({ labels }: (typeof all)[number]): readonly string[] => Object.values(labels).flat();

/** Each unit as it is or as an escape. */
function spelled(text: string, flips: Iterator<boolean>): string {
  const units = text.split("").map((unit) => {
    const isEscaped = flips.next().value === true || unit < " " || unit === '"' || unit === "\\";
    return isEscaped ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}` : unit;
  });
  return `"${units.join("")}"`;
}

test("no value that was found is in masked JSON, however it was spelled", () => {
  const rules = [maskRule("$", { field: null, detect })];
  fc.assert(
    fc.property(fc.array(withWord, { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.boolean()), (parts, flips) => {
      const members = parts.map(({ field, text }) => `{${spelled(field, flips)}:[${spelled(text, flips)}]}`);
      const masked = JSON.parse(maskedPart(rules, `[${members.join(",")}]`)) as readonly Record<
        string,
        readonly string[]
      >[];
      for (const [index, part] of parts.entries()) {
        const [text] = masked[index]![part.field]!;
        for (const secret of secretsOf(part)) expect(text).not.toContain(secret);
      }
    }),
  );
});

test("no value that was found is in masked CSV", () => {
  fc.assert(
    fc.property(fc.array(withWord, { minLength: 1, maxLength: 6 }), (parts) => {
      const columns = parts.map(({ field }, index) => `${field} ${index}`);
      const rule = maskRule("$", { field: null, detect, format: "csv", formatOptions: { columns } });
      const masked = maskedPart([rule], parts.map(({ text }) => `"${text.replaceAll('"', '""')}"`).join(","));
      for (const secret of parts.flatMap(secretsOf)) expect(masked.replaceAll('""', '"')).not.toContain(secret);
    }),
  );
});

test("no value that was found is in a masked text", () => {
  const rules = [maskRule("$", { field: null, detect, format: "text" })];
  fc.assert(
    fc.property(fc.array(withoutWord, { minLength: 1, maxLength: 6 }), (parts) => {
      const masked = maskedPart(rules, parts.map(({ text }) => text).join("\n"));
      for (const secret of parts.flatMap(secretsOf)) expect(masked).not.toContain(secret);
    }),
  );
});
