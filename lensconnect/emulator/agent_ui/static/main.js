// The page: the chats that the feed reports, an Agent for each chat that was opened, and the open chat.

import { Agent, agentOf, customerOf, participantOf } from "./agent.js";
import { ApiError, callAdmin, newClientToken, stopContact } from "./api.js";
import { $, displayName, element, setProperties, updateList } from "./dom.js";
import { initFaultPanel, renderFaults, renderParticipants } from "./faults.js";
import { chosenFlow, hasFailedFlow, initFlowPanel, renderChoice, renderFlows } from "./flows.js";
import { itemNode, itemVersion } from "./items.js";
import { addTraffic, clearTraffic, filterTraffic, showEarlierTraffic } from "./traffic.js";
import { INTERACTIVE, SAMPLES } from "./constants.js";

const FEED_RETRY_DELAY = 1000; // milliseconds
const ITEMS_AT_ONCE = 200; // a longer list would make each message slow
const CLOSE_TO_END = 60; // pixels
const PLACEHOLDER = "Write a message. Enter sends, Shift+Enter starts a new line.";

const agents = new Map();
const played = new Map(JSON.parse(sessionStorage.getItem("played") ?? "[]")); // by ContactId, the agent that this tab plays
const drafts = new Map();
const chats = new Map();
let shownItems = ITEMS_AT_ONCE; // of the open chat, the newest ones; more only while the view is not at the end
let itemCount = 0;
let isAtEnd = true; // known by the scroll event, since to ask for it makes the browser lay out the page
let clientToken; // of the text as it is now: sending it again after an error makes no second message

const openChatId = () => location.hash.match(/^#chat=(.+)$/)?.[1];
const openChat = () => chats.get(openChatId());
const openAgent = () => agents.get(openChatId());
const participantName = (id) =>
  [...chats.values()].flatMap(({ Participants }) => Participants).find(({ ParticipantId }) => ParticipantId === id)?.DisplayName;
const agentIsGone = (chat) => chat.Over || participantOf(chat, played.get(chat.ContactId))?.Standing === "left";
const showError = (error) => ($("error").textContent = error instanceof ApiError ? error.message : String(error));

let renderIsDue = false;
function scheduleRender() {
  if (renderIsDue) return;
  renderIsDue = true;
  setTimeout(() => {
    renderIsDue = false;
    render();
  });
}

/** Plays an agent in a chat from now on, also after a reload of the page. */
function play(contactId, participantId) {
  sessionStorage.setItem("played", JSON.stringify([...played.set(contactId, participantId)]));
}

/** Forgets the agents of another emulator: with the same seed, its chats and participants have the ids of this one's. */
function meetEmulator(id) {
  if (sessionStorage.getItem("emulator") === id) return;
  sessionStorage.setItem("emulator", id);
  sessionStorage.removeItem("played");
  played.clear();
  agents.forEach((agent) => agent.stop());
  agents.clear();
}

/** Runs an agent for each chat that this tab has opened, also before it was reloaded. */
function updateAgents() {
  for (const [id, agent] of agents) {
    if (chats.has(id)) continue;
    agent.stop(); // another emulator, without this chat, runs at the same address
    agents.delete(id);
  }
  const openId = openChatId();
  if (chats.has(openId) && !played.has(openId)) play(openId, agentOf(chats.get(openId)).ParticipantId);
  for (const [id, chat] of chats) {
    if (!played.has(id)) continue;
    const isNew = agents.get(id)?.participantId !== played.get(id);
    if (isNew) agents.get(id)?.stop();
    const agent = isNew ? new Agent(id, played.get(id), scheduleRender) : agents.get(id);
    agents.set(id, agent);
    if (agentIsGone(chat) && (isNew || agent.isOpen)) agent.loadEndedChat();
    else if (isNew) agent.run();
  }
  for (const [id, agent] of agents) {
    agent.isShown = id === openId;
    agent.markRead();
  }
}

/** The entry of a chat in the list; its version holds the values that its node shows. */
function chatEntry(chat, openId) {
  const agent = agents.get(chat.ContactId);
  const unread = agent?.isOpen ? agent.unread.size : 0;
  const state = chat.Over ? "ended" : agent ? "active" : "new";
  const participants = chat.Participants.map(({ ParticipantRole, Standing }) => `${ParticipantRole.toLowerCase()} ${Standing}`).join(", ");
  const contact = chat.CurrentContactId === chat.ContactId ? "" : `now ${chat.CurrentContactId}`;
  const values = { name: customerOf(chat)?.DisplayName, state, participants, unread, contact, isCurrent: chat.ContactId === openId, hasFailed: hasFailedFlow(chat) };
  return { key: chat.ContactId, version: Object.values(values), ...values };
}

function chatNode({ key, name, state, participants, unread, contact, isCurrent, hasFailed }) {
  return element(
    "li",
    {},
    element(
      "button",
      {
        type: "button",
        class: "chat",
        "aria-current": isCurrent ? "true" : undefined,
        onclick: () => (location.hash = `chat=${key}`),
      },
      element("span", { class: "line" }, element("strong", {}, displayName(name)), element("span", { class: `state ${state}` }, state)),
      element("span", { class: "line" }, element("span", { class: "muted" }, participants), unread ? element("span", { class: "badge" }, `${unread} unread`) : null),
      hasFailed && element("span", { class: "failed" }, "flow failed"),
      element("span", { class: "muted id" }, key),
      contact && element("span", { class: "muted id" }, contact),
    ),
  );
}

function renderChats() {
  const openId = openChatId();
  const entries = [...chats.values()]
    .reverse()
    .sort((a, b) => a.Over - b.Over)
    .map((chat) => chatEntry(chat, openId));
  updateList($("chat-list"), entries, chatNode);
  const unread = entries.reduce((sum, entry) => sum + entry.unread, 0);
  setProperties($("no-chats"), { hidden: chats.size > 0 });
  setProperties(document, { title: `${unread ? `(${unread}) ` : ""}Agent – lensconnect emulator` });
}

function renderConversation() {
  const chat = openChat();
  const agent = openAgent();
  setProperties($("no-chat-open"), { hidden: !!agent });
  setProperties($("log"), { hidden: !agent });
  for (const id of ["chat-buttons", "composer"]) setProperties($(id), { hidden: !chat });
  renderFlows(agent && chat);
  renderParticipants(chat);
  if (!chat || !agent) {
    setProperties($("title"), { textContent: "No chat open" });
    setProperties($("subtitle"), { textContent: "" });
    setProperties($("not-connected"), { hidden: true });
    return;
  }
  const hasGivenUp = agent.hasGivenUp && !chat.Over;
  const canSend = agent.isOpen && !hasGivenUp && !chat.Over && !!agent.token;
  const status = chat.Over ? "ended" : agent.isOpen ? agent.status : "you left";
  setProperties($("not-connected"), { hidden: !hasGivenUp });
  setProperties($("problem"), { textContent: hasGivenUp ? `Not connected. ${agent.problem}` : "" });
  setProperties($("title"), { textContent: customerOf(chat)?.DisplayName || "?" });
  setProperties($("subtitle"), { textContent: `${status} · ${chat.Participants.map(({ DisplayName, Standing }) => `${DisplayName} ${Standing}`).join(", ")}` });
  for (const control of [...$("composer").elements, $("transfer"), $("leave")]) setProperties(control, { disabled: !canSend });
  setProperties($("end"), { disabled: chat.Over });
  setProperties($("message"), { placeholder: canSend ? PLACEHOLDER : "You cannot send messages in this chat." });
  const items = agent.sortedItems();
  shownItems = isAtEnd ? ITEMS_AT_ONCE : shownItems + Math.max(0, items.length - itemCount);
  itemCount = items.length;
  const entries = items.slice(-shownItems).map((item) => ({ key: item.Id, version: itemVersion(item, agent), item }));
  updateList($("items"), entries, ({ item }) => itemNode(item, agent, showError));
  setProperties($("earlier"), { hidden: entries.length === items.length });
  const typists = [...agent.typists.values()].map(({ name }) => name).join(", ");
  setProperties($("typing"), { textContent: typists && `${typists} is typing…` });
}

/** Shows more of the items before the first one shown, which stays where it is. */
function showEarlierItems() {
  shownItems += ITEMS_AT_ONCE;
  render();
}

function render() {
  renderChats();
  renderConversation();
}

const filterTrafficByChat = () => filterTraffic($("traffic-open-chat").checked ? openChatId() : undefined);

let draftOwner = openChatId();
function showOpenChat() {
  drafts.set(draftOwner, $("message").value);
  draftOwner = openChatId();
  $("message").value = drafts.get(draftOwner) ?? "";
  $("items").replaceChildren();
  $("items").nodesByKey = undefined;
  showError("");
  updateAgents();
  filterTrafficByChat();
  render();
  $("log").scrollTop = 0;
}

/** Sends a text as the agent or as the system; returns whether it was sent. */
async function send(content, contentType, sender) {
  const agent = openAgent();
  try {
    await (sender === "system" ? agent.sendAsSystem(content, contentType) : agent.sendMessage(content, contentType, clientToken));
    showError("");
    return true;
  } catch (error) {
    showError(`Not sent. ${error.message}`);
    return false;
  }
}

async function submit(event) {
  event.preventDefault();
  const field = $("message");
  const text = field.value;
  if (!text.trim() || field.disabled) return;
  if (await send(text, $("format").value, $("sender").value)) field.value = field.value === text ? "" : field.value;
}

async function startChat() {
  try {
    const chat = await callAdmin("POST", "chats", { CustomerName: `Customer ${chats.size + 1}`, Flow: chosenFlow() });
    location.hash = `chat=${chat.ContactId}`;
  } catch (error) {
    showError(error);
  }
}

/** Transfers the open chat to a new agent, whom the page plays from then on. */
async function transferChat() {
  const contactId = openChatId();
  const agentCount = openChat().Participants.filter(({ ParticipantRole }) => ParticipantRole === "AGENT").length;
  const { AgentId } = await callAdmin("POST", `chats/${contactId}/transfer`, { AgentName: `Agent ${agentCount + 1}` });
  play(contactId, AgentId);
  updateAgents();
  render();
}

async function sendSample() {
  const sample = SAMPLES[$("sample").value];
  $("sample").value = "";
  if (sample) await send(JSON.stringify(sample), INTERACTIVE, "system");
}

async function attachFile() {
  const [file] = $("file").files;
  showError("");
  if (file) await openAgent().attachFile(file).catch((error) => showError(`Not attached. ${error.message}`));
  $("file").value = "";
}

async function copyToken() {
  const { Chats } = await callAdmin("GET", "chats");
  const customer = customerOf(Chats.find((chat) => chat.ContactId === openChatId()));
  await navigator.clipboard.writeText(customer.ParticipantToken);
  $("connection").textContent = "Customer’s token copied";
}

function addListeners() {
  $("new-chat").addEventListener("click", startChat);
  $("composer").addEventListener("submit", submit);
  $("message").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  });
  $("message").addEventListener("input", () => {
    clientToken = newClientToken();
    if ($("sender").value === "agent" && $("message").value) openAgent()?.sendTyping();
  });
  $("sample").append(...Object.keys(SAMPLES).map((name) => element("option", { value: name }, name)));
  $("sample").addEventListener("change", sendSample);
  $("file").addEventListener("change", attachFile);
  $("transfer").addEventListener("click", () => transferChat().catch(showError));
  $("leave").addEventListener("click", () => openAgent().leave().catch(showError));
  $("end").addEventListener("click", () => stopContact(openChatId()).catch(showError));
  $("copy-token").addEventListener("click", () => copyToken().catch(showError));
  $("traffic-open-chat").addEventListener("change", filterTrafficByChat);
  $("earlier-traffic").addEventListener("click", showEarlierTraffic);
  $("skip").addEventListener("click", (event) => {
    event.preventDefault();
    $("message").focus();
  });
  $("connect-again").addEventListener("click", () => openAgent()?.runAgain());
  $("earlier").addEventListener("click", showEarlierItems);
  $("log").addEventListener("scroll", () => (isAtEnd = $("log").scrollTop > -CLOSE_TO_END));
  addEventListener("hashchange", showOpenChat);
  document.addEventListener("visibilitychange", () => {
    openAgent()?.markRead();
    scheduleRender();
  });
}

function connectFeed() {
  const feed = new WebSocket(`${location.origin.replace("http", "ws")}/_emulator/feed`);
  feed.addEventListener("open", () => {
    $("connection").textContent = "Connected";
    clearTraffic();
  });
  feed.addEventListener("message", ({ data }) => {
    const update = JSON.parse(data);
    if (update.Emulator) meetEmulator(update.Emulator);
    if (update.Chats) chats.clear();
    const changed = update.Chats ?? update.Changed;
    if (changed) {
      changed.forEach((chat) => chats.set(chat.ContactId, chat));
      updateAgents();
      if (update.Chats) agents.forEach((agent) => agent.runAgain());
      scheduleRender();
    }
    if (update.Faults) renderFaults(update.Faults, participantName);
    if (update.Flows) renderChoice(update.Flows);
    if (update.Traffic) addTraffic(update.Traffic);
  });
  feed.addEventListener("close", () => {
    $("connection").textContent = "The emulator does not answer. Trying again…";
    setTimeout(connectFeed, FEED_RETRY_DELAY);
  });
}

addListeners();
initFaultPanel(openChatId);
initFlowPanel();
connectFeed();
