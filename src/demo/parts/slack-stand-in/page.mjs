// The stand-in's page: shows the workspace's messages as they change and presses their buttons. Text becomes text nodes, never HTML.
// Of Slack's mark-up it knows what our messages use: *bold*, _quiet_, `code`, code blocks, dates, a few emoji.

const emoji = { white_check_mark: "✅", no_entry: "⛔", warning: "⚠️" };
const grammar =
  /```\n?(?<block>[\s\S]*?)\n?```|`(?<code>[^`\n]+)`|\*(?<bold>[^*\n]+)\*|(?<![\p{L}\p{N}])_(?<quiet>[^_\n]+)_|<!date\^(?<date>\d+)\^[^|>]*\|[^>]*>|:(?<emoji>\w+):/gu;

let me = null;
let state = { users: [], messages: [] };

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function unescapeText(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function rich(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(grammar)) {
    parts.push(unescapeText(text.slice(end, match.index)), mark(match));
    end = match.index + match[0].length;
  }
  return [...parts, unescapeText(text.slice(end))];
}

function mark(match) {
  const { block, code, bold, quiet, date, emoji: name } = match.groups;
  if (block !== undefined) return element("pre", {}, unescapeText(block));
  if (code !== undefined) return element("code", {}, unescapeText(code));
  if (bold !== undefined) return element("strong", {}, unescapeText(bold));
  if (quiet !== undefined) return element("em", {}, unescapeText(quiet));
  if (date !== undefined) {
    return new Date(Number(date) * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  }
  return emoji[name] ?? match[0];
}

function textOf(object) {
  return object.type === "mrkdwn" ? rich(object.text) : [unescapeText(object.text)];
}

function showBlock(block, message) {
  switch (block.type) {
    case "header":
      return [element("h2", {}, ...textOf(block.text))];
    case "section": {
      const fields = (block.fields ?? []).map((field) => element("div", {}, ...textOf(field)));
      const text = block.text === undefined ? [] : [element("p", {}, ...textOf(block.text))];
      return fields.length === 0 ? text : [...text, element("div", { className: "fields" }, ...fields)];
    }
    case "context":
      return block.elements.map((item) => element("p", { className: "context" }, ...textOf(item)));
    case "actions":
      return [element("div", { className: "actions" }, ...block.elements.map((item) => showButton(item, message)))];
    case "divider":
      return [element("hr")];
    default:
      return [];
  }
}

function showButton(button, message) {
  const made = element("button", { type: "button", className: button.style ?? "" }, ...textOf(button.text));
  made.addEventListener("click", () => void press(made, message, button.action_id));
  return made;
}

async function press(button, message, action) {
  button.disabled = true;
  const body = JSON.stringify({ ts: message.ts, action, user: me });
  const answer = await fetch("/click", { method: "POST", headers: { "content-type": "application/json" }, body });
  const { acknowledged } = answer.ok ? await answer.json() : { acknowledged: false };
  if (!acknowledged) say("⚠️ The app did not take the click. Try again.");
  button.disabled = false;
}

function showMessage(message) {
  const at = new Date(Number(message.ts) * 1000).toLocaleTimeString();
  const kind = message.onlyFor === null ? "Lockkeeper" : "Lockkeeper · only visible to you";
  const direct = message.channel.startsWith("U") ? " · direct message" : "";
  const edited = message.edits > 0 ? " · updated" : "";
  const classes = [message.onlyFor === null ? "" : "private", message.threadTs === null ? "" : "thread"]
    .join(" ")
    .trim();
  const content =
    message.blocks.length === 0
      ? [element("p", {}, ...rich(message.text))]
      : message.blocks.flatMap((block) => showBlock(block, message));
  return element(
    "article",
    { className: classes },
    element("p", { className: "meta" }, `${kind}${direct} · ${at}${edited}`),
    ...content,
  );
}

function isVisible(message) {
  if (message.onlyFor !== null) return message.onlyFor === me;
  return !message.channel.startsWith("U") || message.channel === me;
}

function show() {
  me ??= state.users[0]?.id ?? null;
  const people = state.users.map((user) => {
    const button = element("button", { type: "button" }, user.name, " ", element("small", {}, user.role ?? user.id));
    button.setAttribute("role", "radio");
    button.setAttribute("aria-checked", String(user.id === me));
    button.addEventListener("click", () => {
      me = user.id;
      show();
    });
    return button;
  });
  document.querySelector("#people").replaceChildren(...people);
  const visible = state.messages.filter(isVisible).toReversed();
  document.querySelector("#messages").replaceChildren(...visible.map(showMessage));
  say(visible.length === 0 ? "Nothing to approve yet. Messages appear here by themselves." : "");
}

function say(text) {
  document.querySelector("#status").textContent = text;
}

const events = new EventSource("/events");
events.addEventListener("message", (event) => {
  state = JSON.parse(event.data);
  show();
});
events.addEventListener("error", () => say("The stand-in has stopped; reconnecting …"));
