// The stand-in's page: a channel with its threads, each person's direct messages, App Home and dialogs, as they change; and what people
// do with them. What blocks look like is in blocks.mjs.
import { element, rich, showBlocks } from "./blocks.mjs";

let me = null;
let place = "channel";
let state = { users: [], messages: [], dialogs: [], homes: [] };
/** Of the dialog on the screen, so that a change elsewhere does not wipe what somebody types. */
let dialogId = null;

const find = (selector) => document.querySelector(selector);
const nameOf = (id) => state.users.find((user) => user.id === id)?.name ?? id;
const direct = (user) => `D${user.slice(1)}`;

async function act(what, more = {}) {
  const body = JSON.stringify({ what, user: me, ...more });
  const answer = await fetch("/act", { method: "POST", headers: { "content-type": "application/json" }, body });
  const result = answer.ok ? await answer.json() : { acknowledged: false, body: null };
  if (!result.acknowledged) say("⚠️ The app did not take it. Try again.");
  return result;
}

async function pressing(button, what, more) {
  button.disabled = true;
  await act(what, more);
  button.disabled = false;
}

function showMessage(message) {
  const at = new Date(Number(message.ts) * 1000).toLocaleTimeString();
  const kind = message.onlyFor === null ? "Lockkeeper" : "Lockkeeper · only visible to you";
  const edited = message.edits > 0 ? " · updated" : "";
  const onButton = (button, { action_id: action }) => pressing(button, "click", { ts: message.ts, action });
  const content =
    message.blocks.length === 0
      ? [element("p", {}, ...rich(message.text, nameOf))]
      : showBlocks(message.blocks, onButton, nameOf);
  const replies = state.messages.filter(({ threadTs }) => threadTs === message.ts);
  return element(
    "article",
    { className: message.onlyFor === null ? "" : "private" },
    element("p", { className: "meta" }, `${kind} · ${at}${edited}`),
    ...content,
    ...(replies.length === 0 ? [] : [showThread(replies)]),
  );
}

function showThread(replies) {
  const lines = replies.map((reply) => {
    const at = new Date(Number(reply.ts) * 1000).toLocaleTimeString();
    return element("li", {}, element("span", { className: "meta" }, at), " ", ...rich(reply.text, nameOf));
  });
  const summary = element("summary", {}, replies.length === 1 ? "1 reply" : `${replies.length} replies`);
  return element("details", { className: "thread", open: true }, summary, element("ul", {}, ...lines));
}

function visible() {
  const top = state.messages.filter(({ threadTs }) => threadTs === null).toReversed();
  if (place === "direct") return top.filter(({ channel }) => channel === direct(me));
  return top.filter(({ channel, onlyFor }) => channel.startsWith("C") && (onlyFor === null || onlyFor === me));
}

function showHome() {
  const home = state.homes.find(({ user }) => user === me);
  if (home === undefined) return [];
  const onButton = (button, { action_id: action, value }) => pressing(button, "home-click", { action, value });
  return [element("article", {}, ...showBlocks(home.blocks, onButton, nameOf))];
}

function showDialog() {
  const dialog = find("#dialog");
  const open = state.dialogs.find(({ user }) => user === me);
  if (open === undefined) {
    dialogId = null;
    dialog.close();
    return;
  }
  const key = open.id + JSON.stringify(open.view);
  if (key === dialogId) return;
  dialogId = key;
  const { title, submit, close } = open.view;
  const form = element("form", { method: "dialog" }, element("h2", { id: "dialog-title" }, title.text));
  const problem = element("p", { className: "problem", role: "alert" });
  const cancel = element("button", { type: "button" }, close?.text ?? "Close");
  cancel.addEventListener("click", () => void act("close"));
  const send = submit === undefined ? [] : [element("button", { type: "submit", className: "primary" }, submit.text)];
  form.append(
    ...showBlocks(open.blocks, () => {}, nameOf),
    problem,
    element("div", { className: "actions" }, cancel, ...send),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { body } = await act("submit", { values: Object.fromEntries(new FormData(form)) });
    problem.textContent = Object.values(body?.errors ?? {}).join(" ");
  });
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
}

function radio(label, small, isOn, onClick) {
  const more = small === null ? [] : [" ", element("small", {}, small)];
  const button = element("button", { type: "button" }, label, ...more);
  button.setAttribute("role", "radio");
  button.setAttribute("aria-checked", String(isOn));
  button.addEventListener("click", onClick);
  return button;
}

function go(where) {
  place = where;
  if (where === "home") void act("home");
  show();
}

function show() {
  me ??= state.users[0]?.id ?? null;
  const people = state.users.map((user) =>
    radio(user.name, user.role ?? user.id, user.id === me, () => {
      me = user.id;
      go(place);
    }),
  );
  find("#people").replaceChildren(...people);
  const count = state.messages.filter(({ channel, threadTs }) => channel === direct(me) && threadTs === null).length;
  const places = [
    ["channel", "#kafka-approvals", null],
    ["direct", "Direct messages", count === 0 ? null : String(count)],
    ["home", "Home", null],
  ];
  find("#places").replaceChildren(
    ...places.map(([name, label, small]) => radio(label, small, name === place, () => go(name))),
  );
  const content = place === "home" ? showHome() : visible().map(showMessage);
  find("#content").replaceChildren(...content);
  say(content.length === 0 ? "Nothing here yet. Messages appear by themselves." : "");
  showDialog();
}

function say(text) {
  find("#status").textContent = text;
}

find("#dialog").addEventListener("cancel", () => void act("close"));
find("#command").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = find("#text");
  void act("command", { text: input.value });
  input.value = "";
  go("channel");
});

const events = new EventSource("/events");
events.addEventListener("message", (event) => {
  state = JSON.parse(event.data);
  show();
});
events.addEventListener("error", () => say("The stand-in has stopped; reconnecting …"));
