// Block Kit's limits, as Slack enforces them. Source: Slack's reference of blocks and of chat.postMessage.
import type { SlackBlock } from "./workspace.ts";

const blockTypes: ReadonlySet<string> = new Set(["header", "section", "context", "actions", "divider"]);

/** Slack's error code for a message that it would refuse, or null. */
export function limitProblem(text: string, blocks: readonly SlackBlock[]): string | null {
  if (text === "" && blocks.length === 0) return "no_text";
  if (text.length > 40_000) return "msg_too_long";
  if (blocks.length > 50) return "invalid_blocks";
  return blocks.every(isWithinLimits) ? null : "invalid_blocks";
}

function isWithinLimits(block: SlackBlock): boolean {
  if (!blockTypes.has(block.type)) return false;
  switch (block.type) {
    case "header":
      return isText(block["text"], 150, "plain_text");
    case "section": {
      const fields = listOf(block["fields"]);
      const hasText = block["text"] !== undefined;
      if (!hasText && fields.length === 0) return false;
      return (
        (!hasText || isText(block["text"], 3_000)) &&
        fields.length <= 10 &&
        fields.every((field) => isText(field, 2_000))
      );
    }
    case "context": {
      const elements = listOf(block["elements"]);
      return elements.length >= 1 && elements.length <= 10 && elements.every((element) => isText(element, 3_000));
    }
    case "actions": {
      const elements = listOf(block["elements"]);
      const ids = new Set(elements.map((element) => element["action_id"]));
      return elements.length >= 1 && elements.length <= 25 && ids.size === elements.length && elements.every(isButton);
    }
    default:
      return true;
  }
}

function isButton(element: Readonly<Record<string, unknown>>): boolean {
  const { type, text, value, action_id: id, style } = element;
  const styled = style === undefined || style === "primary" || style === "danger";
  return type === "button" && isText(text, 75, "plain_text") && isShort(value, 2_000) && isShort(id, 255) && styled;
}

function isShort(part: unknown, charactersMax: number): boolean {
  return typeof part === "string" && part.length > 0 && part.length <= charactersMax;
}

function isText(value: unknown, charactersMax: number, only?: "plain_text"): boolean {
  const [part] = listOf([value]);
  if (part === undefined) return false;
  const { type, text } = part;
  if (type !== "plain_text" && (type !== "mrkdwn" || only !== undefined)) return false;
  return typeof text === "string" && text.length > 0 && text.length <= charactersMax;
}

type Part = Readonly<Record<string, unknown>>;

/** A list of objects; anything else counts as empty. */
export function listOf(value: unknown): readonly Part[] {
  return Array.isArray(value) ? value.filter(isPart) : [];
}

function isPart(value: unknown): value is Part {
  return value !== null && typeof value === "object";
}
