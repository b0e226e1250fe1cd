// The demo's output: it must fit 80 columns, count what failed, and never pass a control character on to the terminal.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPaper, wrap } from "../../../src/demo/paper.ts";

function paperOf(env: NodeJS.ProcessEnv = {}, isTTY = false) {
  let text = "";
  const paper = createPaper({ isTTY, write: (part) => (text += part) }, env);
  return { paper, text: () => text };
}

describe("lines", () => {
  test("break at spaces where there are some, and lose nothing else", () => {
    expect(wrap("one two three four", 9)).toEqual(["one two", "three", "four"]);
    expect(wrap("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
  });

  test("are never wider than asked for, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), fc.integer({ min: 2, max: 80 }), (text, width) => {
        const lines = wrap(text, width);
        expect(lines.every((line) => Array.from(line).length <= width)).toBe(true);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });

  test("of every kind fit a terminal of 80 columns", () => {
    const { paper, text } = paperOf();
    const long = "many words and one_very_long_word_without_any_space_".repeat(9);
    paper.say(long);
    paper.show("label", [long]);
    paper.check(false, long, long);
    expect(
      text()
        .split("\n")
        .every((line) => line.length <= 80),
    ).toBe(true);
  });
});

test("what did not come true is marked, explained and counted; what could not be shown is neither", () => {
  const { paper, text } = paperOf();
  paper.check(true, "it rains");
  paper.check(false, "the sun shines", "it rains");
  paper.skip("no sky here");
  expect([paper.passed, paper.failed]).toEqual([1, 1]);
  expect(text()).toContain("✔ it rains\n");
  expect(text()).toContain("✘ the sun shines: it rains\n");
});

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ TERM: "dumb" }, true, false],
])("colours, with %o on a terminal (%s): %s", (env, isTTY, coloured) => {
  const { paper, text } = paperOf(env, isTTY);
  paper.check(true, "it rains");
  expect(text().includes("\u001b[")).toBe(coloured);
});

test("what clients said cannot steer the terminal", () => {
  const { paper, text } = paperOf();
  paper.show("they said", ["\u001b[2Jgone"]);
  expect(text()).not.toContain("\u001b");
});
