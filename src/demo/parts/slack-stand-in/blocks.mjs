// Block Kit as the stand-in's page shows it. Text becomes text nodes, never HTML. Of Slack's mark-up it knows what our messages use:
// *bold*, _quiet_, `code`, code blocks, dates, mentions of people, a few emoji.

const emoji = {
  white_check_mark: "✅",
  no_entry: "⛔",
  warning: "⚠️",
  hourglass_flowing_sand: "⏳",
  rotating_light: "🚨",
  bell: "🔔",
  grey_question: "❔",
  wastebasket: "🗑️",
  x: "❌",
};
const grammar =
  /```\n?(?<block>[\s\S]*?)\n?```|`(?<code>[^`\n]+)`|\*(?<bold>[^*\n]+)\*|(?<![\p{L}\p{N}])_(?<quiet>[^_\n]+)_|<!date\^(?<date>\d+)\^[^|>]*\|[^>]*>|<@(?<user>U\w+)>|:(?<emoji>\w+):/gu;

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function unescapeText(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

export function rich(text, nameOf = (id) => id) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(grammar)) {
    parts.push(unescapeText(text.slice(end, match.index)), mark(match, nameOf));
    end = match.index + match[0].length;
  }
  return [...parts, unescapeText(text.slice(end))];
}

function mark(match, nameOf) {
  const { block, code, bold, quiet, date, user, emoji: name } = match.groups;
  if (block !== undefined) return element("pre", {}, unescapeText(block));
  if (code !== undefined) return element("code", {}, unescapeText(code));
  if (bold !== undefined) return element("strong", {}, ...rich(bold, nameOf));
  if (quiet !== undefined) return element("em", {}, unescapeText(quiet));
  if (user !== undefined) return element("strong", { className: "mention" }, `@${nameOf(user)}`);
  if (date !== undefined) {
    return new Date(Number(date) * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  }
  return emoji[name] ?? match[0];
}

/** `onButton(button element, Slack's button)` is called for a click. */
export function showBlocks(blocks, onButton, nameOf) {
  const textOf = (object) => (object.type === "mrkdwn" ? rich(object.text, nameOf) : [unescapeText(object.text)]);
  const button = (one) => {
    const made = element("button", { type: "button", className: one.style ?? "" }, ...textOf(one.text));
    made.addEventListener("click", () => void onButton(made, one));
    return made;
  };
  const show = (block) => {
    switch (block.type) {
      case "header":
        return [element("h2", {}, ...textOf(block.text))];
      case "section": {
        const fields = (block.fields ?? []).map((field) => element("div", {}, ...textOf(field)));
        const text = block.text === undefined ? [] : [element("p", {}, ...textOf(block.text))];
        const all = fields.length === 0 ? text : [...text, element("div", { className: "fields" }, ...fields)];
        return block.accessory === undefined
          ? all
          : [element("div", { className: "row" }, ...all, button(block.accessory))];
      }
      case "context":
        return block.elements.map((item) => element("p", { className: "context" }, ...textOf(item)));
      case "actions":
        return [element("div", { className: "actions" }, ...block.elements.map(button))];
      case "input":
        return [showInput(block, textOf)];
      case "divider":
        return [element("hr")];
      default:
        return [];
    }
  };
  return blocks.flatMap(show);
}

function showInput(block, textOf) {
  const { element: input, label, hint, optional } = block;
  const made = element(input.multiline ? "textarea" : "input", {
    name: input.action_id,
    required: optional !== true,
    placeholder: input.placeholder?.text ?? "",
  });
  if (input.max_length !== undefined) made.maxLength = input.max_length;
  if (input.min_length !== undefined) made.minLength = input.min_length;
  const more = hint === undefined ? [] : [element("small", {}, ...textOf(hint))];
  return element(
    "label",
    { className: "input" },
    ...textOf(label),
    optional === true ? " (optional)" : "",
    made,
    ...more,
  );
}
