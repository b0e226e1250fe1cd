// Text for Slack: nothing in it may act, and nothing may be cut so that it acts.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { code, codeBlock, escapeText, fit, showHidden } from "../../../../../src/approvals/channels/slack/text.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom("<", ">", "&", "`", "```", "*", "_", "@here", "<!channel>", "<@U1>", "😀", "\n", "\u202e", "a"),
    )
    .map((parts) => parts.join("")),
);

test("escaped text holds no angle bracket and no bare ampersand", () => {
  fc.assert(
    fc.property(text, (input) => {
      expect(escapeText(input)).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    }),
  );
});

test("a cut never tears an entity or a surrogate pair, and never exceeds the limit", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 60 }), (input, most) => {
      const cut = fit(input, most);

      expect(cut.length).toBeLessThanOrEqual(most);
      expect(cut).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      expect(cut.isWellFormed() || !input.isWellFormed()).toBe(true);
    }),
  );
});

test("a code span cannot be left: one opening and one closing back-tick, no line break", () => {
  fc.assert(
    fc.property(text, (input) => {
      const span = code(input, 80);

      expect(span.length).toBeLessThanOrEqual(80);
      expect(span).toMatch(input === "" ? /^_none_$/ : /^`[^`\n\r]*`$/);
    }),
  );
});

test("a code block cannot be left, keeps within its limit, and says when it is not whole", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), (lines) => {
      const block = codeBlock(lines, 300);

      expect(block.text.length).toBeLessThanOrEqual(300);
      expect(block.text.slice(3, -3)).not.toContain("`");
      expect(block.whole).toBe(!block.text.includes("…") || lines.some((line) => line.includes("…")));
    }),
  );
});

test("characters that hide or reorder others become visible", () => {
  expect(showHidden("a\u202eb\u200bc\nd\u2028e\u0000")).toBe("a\\u{202e}b\\u{200b}c\\u{a}d\\u{2028}e\\u{0}");
});
