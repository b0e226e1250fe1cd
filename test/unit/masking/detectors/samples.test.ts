// How well each detector does on the labelled samples of test/detectors; what they measure is printed. Every detector sees every sample, so that the
// values of one kind are the hard negatives of all others.
import { expect, test } from "vitest";
import { detectors } from "../../../../src/masking/detectors/index.ts";
import { samples } from "../../../detectors/samples.ts";

const floors = { precision: 0.98, recall: 0.95 };

const rows = detectors.map((detector) => {
  const counts = { right: 0, wrong: 0, missed: 0 };
  const mistakes: string[] = [];
  for (const { text, field, labels } of samples()) {
    const wanted = new Set(labels[detector.name]);
    for (const { start, end } of detector.find(text, field)) {
      const value = text.slice(start, end);
      if (wanted.delete(value)) counts.right++;
      else {
        counts.wrong++;
        mistakes.push(`found ${JSON.stringify(value)} in ${JSON.stringify({ field, text })}`);
      }
    }
    counts.missed += wanted.size;
    for (const value of wanted) mistakes.push(`missed ${JSON.stringify(value)} in ${JSON.stringify({ field, text })}`);
  }
  const { right, wrong, missed } = counts;
  return {
    name: detector.name,
    right,
    wrong,
    missed,
    precision: right / (right + wrong),
    recall: right / (right + missed),
    mistakes,
  };
});

// oxlint-disable-next-line no-console -- the table is what the samples are for
console.table(rows, ["name", "right", "wrong", "missed", "precision", "recall"]);

test.each(rows)("$name: precision and recall are above their floors", ({ right, precision, recall, mistakes }) => {
  expect(right).toBeGreaterThanOrEqual(80);
  expect({ precision, recall, mistakes: mistakes.slice(0, 20) }).toMatchObject({
    precision: expect.toSatisfy((value: number) => value >= floors.precision),
    recall: expect.toSatisfy((value: number) => value >= floors.recall),
  });
});
