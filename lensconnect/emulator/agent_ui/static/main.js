// The page: the chats the feed tells of, an Agent for each that was opened, and the one in view.

import { Agent, agentOf, customerOf } from "./agent.js";
import { control, fresh, Refusal, stopContact } from "./api.js";
import { $, el, keep, name } from "./dom.js";
import { faultPanel, shownFaults } from "./faults.js";
import { shown, stamp } from "./items.js";
import { emptyTraffic, filterTraffic, shownTraffic } from "./traffic.js";
import { INTERACTIVE, SAMPLES } from "./words.js";

const agents = new Map();
const joined = new Set(JSON.parse(sessionStorage.getItem("joined") ?? "[]"));
const drafts = new Map();
let chats = [];
let clientToken; // of the text as it was typed: what is sent again is not said twice

const openId = () => location.hash.match(/^#chat=(.+)$/)?.[1];
const openChat = () => chats.find((chat) => chat.ContactId === openId());
const current = () => agents.get(openId());
const hasLeft = (chat) => chat.Over || agentOf(chat)?.Standing === "left";
const say = (problem) => ($("problem").textContent = problem instanceof Refusal ? problem.message : String(problem));

let waiting = false;
function changed() {
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    render();
  });
}

/** An agent for each chat this tab has opened, now or before it was reloaded. */
function attend() {
  for (const [id, agent] of agents) {
    if (chats.some((chat) => chat.ContactId === id)) continue;
    agent.standing = "over"; // another emulator, which does not know the chat
    agents.delete(id);
  }
  for (const chat of chats) {
    const id = chat.ContactId;
    if (id === openId()) joined.add(id);
    if (!joined.has(id)) continue;
    const agent = agents.get(id) ?? new Agent(id, agentOf(chat)?.ParticipantId, changed);
    const isNew = !agents.has(id);
    agents.set(id, agent);
    if (hasLeft(chat) && (isNew || agent.open)) agent.review();
    else if (isNew) agent.run();
  }
  sessionStorage.setItem("joined", JSON.stringify([...joined]));
  for (const [id, agent] of agents) {
    agent.viewed = id === openId();
    agent.look();
  }
}

function chatEntry({ chat, unread }) {
  const state = chat.Over ? "ended" : joined.has(chat.ContactId) ? "active" : "new";
  const people = chat.Participants.map((one) => `${one.ParticipantRole.toLowerCase()} ${one.Standing}`).join(", ");
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "chat", "aria-current": chat.ContactId === openId() ? "true" : undefined, onclick: () => (location.hash = `chat=${chat.ContactId}`) },
      el("span", { class: "line" }, el("strong", {}, name(customerOf(chat)?.DisplayName)), el("span", { class: `state ${state}` }, state)),
      el("span", { class: "line" }, el("span", { class: "quiet" }, people), unread ? el("span", { class: "badge" }, `${unread} unread`) : null),
      el("span", { class: "quiet id" }, chat.ContactId),
    ),
  );
}

function renderChats() {
  const entries = [...chats]
    .reverse()
    .sort((a, b) => a.Over - b.Over)
    .map((chat) => {
      const agent = agents.get(chat.ContactId);
      const unread = agent?.open ? agent.unread().length : 0;
      return { key: chat.ContactId, stamp: JSON.stringify([chat, unread, chat.ContactId === openId(), !!agent]), chat, unread };
    });
  keep($("chat-list"), entries, chatEntry);
  $("no-chats").hidden = chats.length > 0;
  const unread = entries.reduce((sum, entry) => sum + entry.unread, 0);
  document.title = `${unread ? `(${unread}) ` : ""}Agent – lensconnect emulator`;
}

function renderConversation() {
  const chat = openChat();
  const agent = current();
  const log = $("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  $("welcome").hidden = !!agent;
  log.hidden = !agent;
  $("chat-buttons").hidden = $("composer").hidden = !chat;
  if (!chat || !agent) {
    $("title").textContent = "No chat open";
    $("subtitle").textContent = "";
    return;
  }
  const live = agent.open && !chat.Over && !!agent.token;
  const standing = chat.Over ? "ended" : agent.open ? agent.standing : "you left";
  $("title").replaceChildren(name(customerOf(chat)?.DisplayName));
  $("subtitle").textContent = `${standing} · ${chat.Participants.map((one) => `${one.DisplayName} ${one.Standing}`).join(", ")}`;
  for (const control of [...$("composer").elements, $("leave")]) control.disabled = !live;
  $("end").disabled = chat.Over;
  $("text").placeholder = live ? "Write a message. Enter sends, Shift+Enter breaks the line." : "Nothing more can be sent here.";
  const items = agent.sorted().map((item) => ({ key: item.Id, stamp: stamp(item, agent), item }));
  keep($("items"), items, ({ item }) => shown(item, agent, say));
  if (atEnd) log.scrollTop = log.scrollHeight;
  const typists = [...agent.typists.values()].map((one) => one.name).join(", ");
  $("typing").textContent = typists && `${typists} is typing…`;
}

function render() {
  renderChats();
  renderConversation();
  filterTraffic($("only-this").checked ? openId() : undefined);
}

let before = openId();
function go() {
  drafts.set(before, $("text").value);
  before = openId();
  $("text").value = drafts.get(before) ?? "";
  const log = $("log");
  $("items").replaceChildren();
  $("items").held = undefined;
  say("");
  attend();
  render();
  log.scrollTop = log.scrollHeight;
}

async function send(content, contentType, as) {
  const agent = current();
  try {
    await (as === "system" ? agent.sayAsSystem(content, contentType) : agent.say(content, contentType, clientToken));
    say("");
    return true;
  } catch (refusal) {
    say(`Not sent. ${refusal.message}`);
    return false;
  }
}

async function submit(event) {
  event?.preventDefault();
  const field = $("text");
  const text = field.value;
  if (!text.trim() || field.disabled) return;
  if (await send(text, $("format").value, $("as").value)) field.value = field.value === text ? "" : field.value;
}

async function copyToken() {
  const { Chats } = await control("GET", "chats");
  const customer = customerOf(Chats.find((one) => one.ContactId === openId()));
  await navigator.clipboard.writeText(customer.ParticipantToken);
}

function begin() {
  $("new-chat").addEventListener("click", async () => {
    try {
      const begun = await control("POST", "chats", { CustomerName: `Customer ${chats.length + 1}` });
      location.hash = `chat=${begun.ContactId}`;
    } catch (refusal) {
      say(refusal);
    }
  });
  $("composer").addEventListener("submit", submit);
  $("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  });
  $("text").addEventListener("input", () => {
    clientToken = fresh();
    if ($("as").value === "agent" && $("text").value) current()?.typing();
  });
  $("sample").append(...Object.keys(SAMPLES).map((one) => el("option", { value: one }, one)));
  $("sample").addEventListener("change", async () => {
    const sample = SAMPLES[$("sample").value];
    $("sample").value = "";
    if (sample) await send(JSON.stringify(sample), INTERACTIVE, "system");
  });
  $("file").addEventListener("change", async () => {
    const [file] = $("file").files;
    say("");
    if (file) await current().attach(file).catch((refusal) => say(`Not attached. ${refusal.message}`));
    $("file").value = "";
  });
  $("leave").addEventListener("click", () => current().leave().catch(say));
  $("end").addEventListener("click", () => stopContact(openId()).catch(say));
  $("copy").addEventListener("click", () => copyToken().then(() => ($("link").textContent = "The customer’s token is copied"), say));
  $("only-this").addEventListener("change", render);
  $("skip").addEventListener("click", (event) => {
    event.preventDefault();
    $("text").focus();
  });
  addEventListener("hashchange", go);
  document.addEventListener("visibilitychange", () => {
    current()?.look();
    changed();
  });
  faultPanel(openId, say);
}

function listen() {
  const feed = new WebSocket(`${location.origin.replace("http", "ws")}/_emulator/feed`);
  feed.addEventListener("open", () => {
    $("link").textContent = "Connected";
    emptyTraffic();
  });
  feed.addEventListener("message", ({ data }) => {
    const told = JSON.parse(data);
    if (told.Chats) {
      chats = told.Chats;
      shownFaults(told.Faults);
      attend();
    }
    if (told.Traffic) shownTraffic(told.Traffic);
    changed();
  });
  feed.addEventListener("close", () => {
    $("link").textContent = "The emulator does not answer; trying again…";
    setTimeout(listen, 1000);
  });
}

begin();
listen();
