// The fault panel: buttons that plan faults, and the list of planned ones.

import { callAdmin } from "./api.js";
import { $, element, updateList } from "./dom.js";
import { HTTP_FAULTS, OPERATIONS, SOCKET_FAULTS, TOPICS } from "./constants.js";

const HINT = "Each button plans a fault. Point at a button to read its effect.";

const numberIn = (id) => ($(id).value === "" ? undefined : Number($(id).value));

function faultFromForm(kind, onSocket, openChatId) {
  const common = {
    On: onSocket ? "socket" : undefined,
    Kind: kind,
    Probability: numberIn("fault-probability"),
    Count: numberIn("fault-count"),
    ContactId: $("fault-open-chat").checked ? openChatId() : undefined,
  };
  if (onSocket) return { ...common, Topic: $("fault-topic").value || undefined };
  const parameter = { error: { Status: numberIn("fault-status") }, delay: { Seconds: numberIn("fault-seconds") } }[kind];
  return { ...common, Operation: $("fault-operation").value || undefined, ...parameter };
}

export function initFaultPanel(openChatId, showError) {
  $("fault-operation").append(...["", ...OPERATIONS].map((name) => element("option", { value: name }, name || "any")));
  $("fault-topic").append(...TOPICS.map((topic) => element("option", { value: topic }, topic)));
  const plan = async (kind, onSocket) => {
    if (!$("fault-form").reportValidity()) return;
    try {
      await callAdmin("POST", "faults", faultFromForm(kind, onSocket, openChatId));
    } catch (error) {
      showError(error);
    }
  };
  const buttons = (kinds, onSocket) =>
    Object.entries(kinds).map(([kind, title]) => element("button", { type: "button", title, onclick: () => plan(kind, onSocket) }, kind));
  $("http-faults").append(...buttons(HTTP_FAULTS, false));
  $("socket-faults").append(...buttons(SOCKET_FAULTS, true));
  $("fault-form").addEventListener("submit", (event) => event.preventDefault());
  const showHint = ({ target }) => ($("fault-hint").textContent = target.title ? `${target.textContent}: ${target.title}` : HINT);
  for (const event of ["focusin", "mouseover"]) $("fault-form").addEventListener(event, showHint);
  $("fault-hint").textContent = HINT;
  $("clear-faults").addEventListener("click", () => callAdmin("DELETE", "faults").catch(showError));
}

function describeFault(fault) {
  const scope = fault.On === "socket" ? `frames${fault.Topic ? ` of ${fault.Topic}` : ""}` : (fault.Operation ?? "any request");
  const times = { undefined: "always", 1: "once" }[fault.Count] ?? `${fault.Count} times`;
  const probability = fault.Probability === 1 ? "" : `, with probability ${fault.Probability}`;
  const parameter = { error: ` ${fault.Status}`, delay: ` ${fault.Seconds} s` }[fault.Kind] ?? "";
  return `${fault.Kind}${parameter}: ${scope}, ${times}${probability}${fault.ContactId ? ", one chat" : ""}`;
}

/** Shows the planned faults as the feed reports them: the reply to a request may be older. */
export function renderFaults(faults) {
  updateList($("planned-faults"), faults.map((fault, key) => ({ key, version: [describeFault(fault)] })), ({ version }) => element("li", {}, ...version));
  $("no-faults").hidden = faults.length > 0;
  $("clear-faults").disabled = faults.length === 0;
  $("fault-badge").hidden = faults.length === 0;
  $("fault-badge").textContent = String(faults.length);
}
