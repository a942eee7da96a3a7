// Buttons that plan faults, and the list of those planned.

import { control } from "./api.js";
import { $, el, keep } from "./dom.js";
import { HTTP_FAULTS, OPERATIONS, SOCKET_FAULTS, TOPICS } from "./words.js";

const HINT = "Each button plans one fault; point at one to read what it does.";

const number = (id) => ($(id).value === "" ? undefined : Number($(id).value));

function wish(kind, onSocket, openChat) {
  const common = {
    On: onSocket ? "socket" : undefined,
    Kind: kind,
    Probability: number("probability"),
    Count: number("count"),
    ContactId: $("this-chat").checked ? openChat() : undefined,
  };
  if (onSocket) return { ...common, Topic: $("topic").value || undefined };
  const amount = { error: { Status: number("status") }, delay: { Seconds: number("seconds") } }[kind];
  return { ...common, Operation: $("operation").value || undefined, ...amount };
}

export function faultPanel(openChat, failed) {
  $("operation").append(...["", ...OPERATIONS].map((one) => el("option", { value: one }, one || "any")));
  $("topic").append(...TOPICS.map((one) => el("option", { value: one }, one)));
  const plan = async (kind, onSocket) => {
    if (!$("faults").reportValidity()) return;
    try {
      shownFaults((await control("POST", "faults", wish(kind, onSocket, openChat))).Faults);
    } catch (refusal) {
      failed(refusal);
    }
  };
  const buttons = (kinds, onSocket) =>
    Object.entries(kinds).map(([kind, title]) => el("button", { type: "button", title, onclick: () => plan(kind, onSocket) }, kind));
  $("http-faults").append(...buttons(HTTP_FAULTS, false));
  $("socket-faults").append(...buttons(SOCKET_FAULTS, true));
  $("faults").addEventListener("submit", (event) => event.preventDefault());
  const hint = ({ target }) => ($("fault-hint").textContent = target.title ? `${target.textContent}: ${target.title}` : HINT);
  for (const kind of ["focusin", "mouseover"]) $("faults").addEventListener(kind, hint);
  $("fault-hint").textContent = HINT;
  $("clear-faults").addEventListener("click", () => control("DELETE", "faults").then(({ Faults }) => shownFaults(Faults), failed));
}

function words(fault) {
  const on = fault.On === "socket" ? `frames${fault.Topic ? ` of ${fault.Topic}` : ""}` : (fault.Operation ?? "any request");
  const often = { undefined: "always", 1: "once" }[fault.Count] ?? `${fault.Count} times`;
  const chance = fault.Probability === 1 ? "" : `, with chance ${fault.Probability}`;
  const more = { error: ` ${fault.Status}`, delay: ` ${fault.Seconds} s` }[fault.Kind] ?? "";
  return `${fault.Kind}${more}: ${on}, ${often}${chance}${fault.ContactId ? ", one chat" : ""}`;
}

export function shownFaults(faults) {
  keep($("planned"), faults.map((fault, key) => ({ key, stamp: words(fault) })), ({ stamp }) => el("li", {}, stamp));
  $("no-faults").hidden = faults.length > 0;
  $("clear-faults").disabled = faults.length === 0;
  $("fault-count").hidden = faults.length === 0;
  $("fault-count").textContent = String(faults.length);
}
