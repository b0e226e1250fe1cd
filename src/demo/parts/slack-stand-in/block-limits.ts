// Block Kit's limits, as Slack enforces them on messages, dialogs and the App Home. Source: Slack's references of blocks, block elements,
// views and chat.postMessage. What is not listed here is refused, though Slack has more of it: nobody tried it.
import type { SlackBlock } from "./workspace.ts";

type Part = Readonly<Record<string, unknown>>;
type Surface = "message" | "modal" | "home";

const blocksMax = { message: 50, modal: 100, home: 100 } as const;

/** Slack's error code for a message that it would refuse, or null. */
export function limitProblem(text: string, blocks: readonly SlackBlock[], metadata?: unknown): string | null {
  if (text === "" && blocks.length === 0) return "no_text";
  if (text.length > 40_000) return "msg_too_long";
  if (metadata !== undefined && !isMetadata(metadata)) return "metadata_must_be_sent_from_app";
  return areWithinLimits(blocks, "message") ? null : "invalid_blocks";
}

/** Slack's error code for a dialog or App Home that it would refuse, or null. */
export function viewProblem(view: Part, surface: "modal" | "home"): string | null {
  const blocks = listOf(view["blocks"]);
  const hasInput = blocks.some((block) => block["type"] === "input");
  const right =
    view["type"] === surface &&
    isOptional(view["callback_id"], (id) => isShort(id, 255)) &&
    isOptional(view["private_metadata"], (text) => typeof text === "string" && text.length <= 3_000) &&
    areWithinLimits(blocks, surface) &&
    (surface === "home" || hasDialogTexts(view, hasInput));
  return right ? null : "invalid_arguments";
}

function hasDialogTexts(view: Part, hasInput: boolean): boolean {
  const isLabel = (text: unknown) => isText(text, 24, "plain_text");
  const submit = view["submit"];
  return (
    isLabel(view["title"]) &&
    isOptional(submit, isLabel) &&
    isOptional(view["close"], isLabel) &&
    (!hasInput || submit !== undefined)
  );
}

function areWithinLimits(blocks: readonly Part[], surface: Surface): boolean {
  const ids = blocks.flatMap((block) => (block["block_id"] === undefined ? [] : [block["block_id"]]));
  return (
    blocks.length <= blocksMax[surface] &&
    new Set(ids).size === ids.length &&
    ids.every((id) => isShort(id, 255)) &&
    blocks.every((block) => isWithinLimits(block, surface))
  );
}

function isWithinLimits(block: Part, surface: Surface): boolean {
  switch (block["type"]) {
    case "divider":
      return true;
    case "header":
      return isText(block["text"], 150, "plain_text");
    case "section":
      return isSection(block);
    case "context": {
      const elements = listOf(block["elements"]);
      return elements.length >= 1 && elements.length <= 10 && elements.every((element) => isText(element, 3_000));
    }
    case "actions": {
      const elements = listOf(block["elements"]);
      const ids = new Set(elements.map((element) => element["action_id"]));
      return elements.length >= 1 && elements.length <= 25 && ids.size === elements.length && elements.every(isButton);
    }
    case "input":
      return surface !== "message" && isInput(block);
    default:
      return false;
  }
}

function isSection(block: Part): boolean {
  const fields = listOf(block["fields"]);
  const hasText = block["text"] !== undefined;
  return (
    (hasText || fields.length > 0) &&
    (!hasText || isText(block["text"], 3_000)) &&
    fields.length <= 10 &&
    fields.every((field) => isText(field, 2_000)) &&
    isOptional(block["accessory"], (accessory) => listOf([accessory]).some(isButton))
  );
}

function isInput(block: Part): boolean {
  const [element] = listOf([block["element"]]);
  return (
    element !== undefined &&
    element["type"] === "plain_text_input" &&
    isShort(element["action_id"], 255) &&
    isText(block["label"], 2_000, "plain_text") &&
    isOptional(block["hint"], (hint) => isText(hint, 2_000, "plain_text")) &&
    isOptional(element["placeholder"], (text) => isText(text, 150, "plain_text")) &&
    isOptional(element["max_length"], (most) => typeof most === "number" && most >= 1 && most <= 3_000) &&
    isOptional(element["min_length"], (least) => typeof least === "number" && least >= 0 && least <= 3_000)
  );
}

function isButton(element: Part): boolean {
  const { type, text, value, action_id: id, style } = element;
  const styled = style === undefined || style === "primary" || style === "danger";
  return type === "button" && isText(text, 75, "plain_text") && isShort(value, 2_000) && isShort(id, 255) && styled;
}

function isMetadata(value: unknown): boolean {
  const [metadata] = listOf([value]);
  const [payload] = listOf([metadata?.["event_payload"]]);
  return metadata !== undefined && isShort(metadata["event_type"], 255) && payload !== undefined;
}

function isOptional(part: unknown, is: (part: unknown) => boolean): boolean {
  return part === undefined || is(part);
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

/** A list of objects; anything else counts as empty. */
export function listOf(value: unknown): readonly Part[] {
  return Array.isArray(value) ? value.filter(isPart) : [];
}

function isPart(value: unknown): value is Part {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
