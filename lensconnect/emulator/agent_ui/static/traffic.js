// The traffic panel: each request and frame, newest first. The emulator has masked the secrets.

import { $, element, formatTime, parseJson, setProperties, updateList } from "./dom.js";
import { shortType } from "./constants.js";

const LONGEST = 300;
const ROWS_AT_ONCE = 50; // each new row moves those below it, which costs a layout and a painting of all of them
const entries = []; // the newest first
let shownRows = ROWS_AT_ONCE;
let shownContactId; // undefined for all chats
const SIGNS = { in: "→", out: "←", open: "◦", close: "×" };

/** JSON on several lines, with the JSON in its member `content` unpacked. */
function prettyPrint(text) {
  const value = parseJson(text);
  if (value === undefined) return text;
  const unpacked = typeof value?.content === "string" ? { ...value, content: parseJson(value.content) ?? value.content } : value;
  return JSON.stringify(unpacked, null, 2);
}

function summariseFrame({ Way, Text }) {
  if (Way === "open") return "WebSocket opened";
  if (Way === "close") return `WebSocket closed, ${Text}`;
  const frame = parseJson(Text) ?? {};
  const item = typeof frame.content === "string" ? parseJson(frame.content) : undefined;
  const type = item ? ` ${shortType(item.ContentType ?? item.Type ?? "")}` : "";
  return `${frame.topic ?? frame.message ?? "?"}${type}`;
}

function section(title, text) {
  return text ? [element("h3", {}, title), element("pre", { tabindex: "0" }, prettyPrint(text))] : null;
}

function trafficRow({ entry }) {
  const isRequest = entry.Kind === "request";
  const summary = isRequest ? `${entry.Method} ${entry.Operation ?? entry.Path}` : summariseFrame(entry);
  const failed = isRequest && (entry.Status >= 400 || entry.Delivery !== "whole");
  const sign = isRequest ? [String(entry.Status), entry.Delivery === "whole" ? "" : entry.Delivery].join(" ") : SIGNS[entry.Way];
  const details = isRequest
    ? [element("p", { class: "path" }, `${entry.Method} ${entry.Path}`), section("Request", entry.Sent), section("Response", entry.Got)]
    : [section("Frame", entry.Text)];
  return element(
    "li",
    { class: failed ? "failed" : undefined },
    element(
      "details",
      {},
      element(
        "summary",
        {},
        element("time", { datetime: entry.Time }, formatTime(entry.Time)),
        element("span", {}, summary),
        element("span", { class: "role" }, (entry.Role ?? "").toLowerCase()),
        element("span", { class: "sign" }, sign),
      ),
      details.flat(),
    ),
  );
}

/** Makes the list hold the newest entries of the chat, and those earlier ones that are unfolded. */
function renderTraffic() {
  const list = $("traffic");
  const ofChat = entries.filter((entry) => shownContactId === undefined || entry.ContactId === shownContactId);
  const isUnfolded = (entry) => list.nodesByKey?.get(entry.Number)?.node.firstElementChild.open;
  const shown = ofChat.filter((entry, index) => index < shownRows || isUnfolded(entry));
  updateList(list, shown.map((entry) => ({ key: entry.Number, version: [], entry })), trafficRow);
  setProperties($("earlier-traffic"), { hidden: ofChat.length <= shownRows });
  setProperties($("traffic-count"), { textContent: String(entries.length) });
}

export function addTraffic(added) {
  entries.unshift(...added.reverse());
  entries.splice(LONGEST);
  renderTraffic();
}

export function clearTraffic() {
  entries.length = 0;
  renderTraffic();
}

export function showEarlierTraffic() {
  shownRows += ROWS_AT_ONCE;
  renderTraffic();
}

/** Shows the traffic of one chat only; of all chats for undefined. */
export function filterTraffic(contactId) {
  shownContactId = contactId;
  renderTraffic();
}
