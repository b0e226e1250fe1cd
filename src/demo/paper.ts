// What the demo prints: paragraphs that fit a terminal of 80 columns, proofs as they are, a mark for each expectation. Colours only on a
// terminal that wants them. It counts what did not come out right, and knows nothing of the story.
import { styleText } from "node:util";
import { plain } from "../cli/shared.ts";

const columns = 80;
const margin = "    ";

export type Style = Parameters<typeof styleText>[0];

export interface Paper {
  /** Something in the middle of nothing: the first line, the last. */
  title(text: string): void;
  heading(number: number, text: string): void;
  /** A paragraph, wrapped. */
  say(text: string): void;
  /** A proof: a label, and lines as they came. Longer ones go on in the next line, further in. */
  show(label: string, lines: readonly string[], style?: Style): void;
  /** One expectation. `otherwise` says what was there instead. @returns `right` */
  check(right: boolean, what: string, otherwise?: string): boolean;
  /** Neither right nor wrong: something that could not be shown here, and why. */
  skip(what: string): void;
  /** A line as it is, to be copied. */
  raw(line: string): void;
  readonly passed: number;
  readonly failed: number;
}

export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export function createPaper(out: Terminal, env: NodeJS.ProcessEnv = process.env): Paper {
  const coloured = out.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  const paint = (style: Style, text: string) => (coloured ? styleText(style, text, { validateStream: false }) : text);
  const line = (text = "") => void out.write(`${text}\n`);
  const marked = (mark: string, style: Style, text: string) => {
    const [first = "", ...rest] = wrap(text, columns - margin.length - 2);
    line(`${margin}${paint(style, mark)} ${first}`);
    for (const more of rest) line(`${margin}  ${more}`);
  };
  let passed = 0;
  let failed = 0;
  return {
    title(text) {
      line(paint("bold", text));
    },
    heading(number, text) {
      line();
      line(`${paint(["bold", "cyan"], String(number).padStart(2))}  ${paint("bold", text)}`);
    },
    say(text) {
      for (const part of wrap(text, columns - margin.length)) line(`${margin}${part}`);
    },
    show(label, lines, style = "yellow") {
      if (label !== "") line(`${margin}${paint("dim", label)}`);
      for (const text of lines) {
        const [first = "", ...rest] = wrap(plain(text), columns - margin.length - 4);
        line(`${margin}  ${paint(style, first)}`);
        for (const more of rest) line(`${margin}    ${paint(style, more)}`);
      }
    },
    check(right, what, otherwise) {
      if (right) passed++;
      else failed++;
      if (right) marked("✔", "green", what);
      else marked("✘", "red", otherwise === undefined ? what : `${what}: ${plain(otherwise)}`);
      return right;
    },
    skip(what) {
      marked("–", "dim", what);
    },
    raw: line,
    get passed() {
      return passed;
    },
    get failed() {
      return failed;
    },
  };
}

/** Breaks at spaces where it can, else where it must. Never returns nothing. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (Array.from(rest).length > width) {
    const room = Array.from(rest)
      .slice(0, width + 1)
      .join("");
    const space = room.lastIndexOf(" ");
    const at = space > width / 2 ? space : Array.from(rest).slice(0, width).join("").length;
    lines.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
