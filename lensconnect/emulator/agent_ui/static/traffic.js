// Every request and frame, newest first, as the emulator tells it: masked.

import { $, clock, el, parsed } from "./dom.js";
import { short } from "./words.js";

const KEPT = 300;
const held = [];
const ARROWS = { in: "→", out: "←", open: "◦", close: "×" };

/** JSON in lines, with the JSON inside its strings opened up too. */
function pretty(text) {
  const value = parsed(text);
  if (value === undefined) return text;
  const opened = typeof value?.content === "string" ? { ...value, content: parsed(value.content) ?? value.content } : value;
  return JSON.stringify(opened, null, 2);
}

function aboutFrame({ Way, Text }) {
  if (Way === "open") return "socket opened";
  if (Way === "close") return `socket closed, ${Text}`;
  const frame = parsed(Text) ?? {};
  const item = typeof frame.content === "string" ? parsed(frame.content) : undefined;
  const what = item ? ` ${short(item.ContentType ?? item.Type ?? "")}` : "";
  return `${frame.topic ?? frame.message ?? "?"}${what}`;
}

function part(title, text) {
  return text ? [el("h3", {}, title), el("pre", { tabindex: "0" }, pretty(text))] : null;
}

function row(one) {
  const isRequest = one.Kind === "request";
  const about = isRequest ? `${one.Method} ${one.Operation ?? one.Path}` : aboutFrame(one);
  const bad = isRequest && (one.Status >= 400 || one.Delivery !== "whole");
  const mark = isRequest ? [String(one.Status), one.Delivery === "whole" ? "" : one.Delivery].join(" ") : ARROWS[one.Way];
  const body = isRequest
    ? [el("p", { class: "path" }, `${one.Method} ${one.Path}`), part("Sent", one.Sent), part("Answered", one.Got)]
    : [part("Frame", one.Text)];
  return el(
    "li",
    { class: bad ? "bad" : undefined },
    el(
      "details",
      {},
      el(
        "summary",
        {},
        el("time", { datetime: one.Time }, clock(one.Time)),
        el("span", { class: "about" }, about),
        el("span", { class: "role" }, (one.Role ?? "").toLowerCase()),
        el("span", { class: "mark" }, mark),
      ),
      body.flat(),
    ),
  );
}

export function shownTraffic(passed) {
  const panel = $("traffic");
  for (const one of passed.slice(-KEPT)) {
    const node = row(one);
    held.unshift({ one, node });
    panel.prepend(node);
  }
  held.splice(KEPT).forEach(({ node }) => node.remove());
  $("traffic-count").textContent = String(held.length);
}

export function emptyTraffic() {
  held.length = 0;
  $("traffic").replaceChildren();
}

export function filterTraffic(contactId) {
  held.forEach(({ one, node }) => (node.hidden = contactId !== undefined && one.ContactId !== contactId));
}
