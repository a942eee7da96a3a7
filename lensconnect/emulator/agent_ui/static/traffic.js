// The traffic panel: each request and frame, newest first. The emulator has masked the secrets.

import { $, element, formatTime, parseJson } from "./dom.js";
import { shortType } from "./constants.js";

const LONGEST = 300;
const rows = [];
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

function trafficRow(entry) {
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

export function addTraffic(entries) {
  const list = $("traffic");
  for (const entry of entries.slice(-LONGEST)) {
    const node = trafficRow(entry);
    rows.unshift({ entry, node });
    list.prepend(node);
  }
  rows.splice(LONGEST).forEach(({ node }) => node.remove());
  $("traffic-count").textContent = String(rows.length);
}

export function clearTraffic() {
  rows.length = 0;
  $("traffic").replaceChildren();
}

/** Shows the traffic of one chat only; of all chats for undefined. */
export function filterTraffic(contactId) {
  rows.forEach(({ entry, node }) => (node.hidden = contactId !== undefined && entry.ContactId !== contactId));
}
