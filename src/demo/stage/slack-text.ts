// A Slack message as lines of a terminal: what its blocks say, without their mark-up.
import type { StandInMessage } from "../parts/slack-stand-in/index.ts";
import { dig } from "./log.ts";

export function messageText({ text, blocks }: Pick<StandInMessage, "text" | "blocks">): string[] {
  if (blocks.length === 0) return [unmarked(text)];
  return blocks.flatMap(blockLines).filter((line) => line.trim() !== "");
}

function blockLines(block: object): string[] {
  const fields = listOf(dig(block, "fields")).map((field) =>
    unmarked(textOf(field)).replaceAll("\n", " · ").replace(" · ", ": "),
  );
  const elements = listOf(dig(block, "elements"));
  switch (dig(block, "type")) {
    case "actions":
      return [elements.map((button) => `[ ${textOf(dig(button, "text"))} ]`).join("  ")];
    case "context":
      return elements.map((element) => unmarked(textOf(element)));
    default:
      return [...unmarked(textOf(dig(block, "text"))).split("\n"), ...fields];
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  const text = dig(value, "text");
  return typeof text === "string" ? text : "";
}

/** Dates in their written form, entities as characters, no stars and back-ticks. */
function unmarked(text: string): string {
  return text
    .replaceAll(/<!date\^[^|>]*\|([^>]*)>/g, "$1")
    .replaceAll(/[`*]|_(?=\w+_)|(?<=_\w+)_/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
