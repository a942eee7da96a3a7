// The fault panel: buttons that plan faults, and the list of planned ones, each of which can be removed.

import { callAdmin } from "./api.js";
import { $, displayName, element, updateList } from "./dom.js";
import { HTTP_FAULTS, OPERATIONS, ROLES, SOCKET_FAULTS, TOPICS } from "./constants.js";

const HINT = "Each button plans a fault. Point at a button to read its effect.";

const showFaultError = (error) => ($("fault-error").textContent = error.message);

/** The number in a field, undefined in an empty one; the emulator checks its bounds. */
function numberIn(id) {
  if ($(id).validity.badInput) throw new Error(`${$(id).labels[0].textContent.trim()} is not a number.`);
  return $(id).value === "" ? undefined : Number($(id).value);
}

function faultFromForm(kind, onSocket, openChatId) {
  const common = {
    On: onSocket ? "socket" : undefined,
    Kind: kind,
    Probability: numberIn("fault-probability"),
    Count: numberIn("fault-count"),
    ContactId: $("fault-open-chat").checked ? openChatId() : undefined,
    ParticipantRole: $("fault-role").value || undefined,
    ParticipantId: $("fault-participant").value || undefined,
  };
  if (onSocket) return { ...common, Topic: $("fault-topic").value || undefined };
  const parameter = { error: { Status: numberIn("fault-status") }, delay: { Seconds: numberIn("fault-seconds") } }[kind];
  return { ...common, Operation: $("fault-operation").value || undefined, ...parameter };
}

const option = (value, label = value) => element("option", { value }, label);

export function initFaultPanel(openChatId) {
  for (const [id, names] of [["fault-operation", OPERATIONS], ["fault-role", ROLES], ["fault-topic", TOPICS]])
    $(id).append(option("", "any"), ...names.map((name) => option(name)));
  const plan = async (kind, onSocket) => {
    try {
      await callAdmin("POST", "faults", faultFromForm(kind, onSocket, openChatId));
      $("fault-error").textContent = "";
    } catch (error) {
      showFaultError(new Error(`Not planned. ${error.message}`));
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
  $("clear-faults").addEventListener("click", () => callAdmin("DELETE", "faults").catch(showFaultError));
}

/** Offers the participants of the open chat. */
export function renderParticipants(chat) {
  const entries = (chat?.Participants ?? []).map(({ ParticipantId, DisplayName, ParticipantRole }) => {
    const label = `${DisplayName} (${ParticipantRole.toLowerCase()})`;
    return { key: ParticipantId, version: [label], label };
  });
  updateList($("fault-participant"), [{ key: "", version: [], label: "any" }, ...entries], ({ key, label }) => option(key, label));
}

function describeFault(fault) {
  const scope = fault.On === "socket" ? `frames${fault.Topic ? ` of ${fault.Topic}` : ""}` : (fault.Operation ?? "any request");
  const times = { undefined: "always", 1: "once" }[fault.Count] ?? `${fault.Count} times`;
  const probability = fault.Probability === 1 ? "" : `, with probability ${fault.Probability}`;
  const parameter = { error: ` ${fault.Status}`, delay: ` ${fault.Seconds} s` }[fault.Kind] ?? "";
  const role = fault.ParticipantRole ? `, role ${fault.ParticipantRole.toLowerCase()}` : "";
  return `${fault.Kind}${parameter}: ${scope}, ${times}${probability}${fault.ContactId ? ", one chat" : ""}${role}`;
}

function faultNode({ key, text, participant }) {
  const remove = ({ target }) => {
    const item = target.closest("li");
    (item.nextElementSibling ?? item.previousElementSibling ?? $("fault-panel")).querySelector("button, summary").focus();
    callAdmin("DELETE", `faults/${key}`).catch((error) => error.status === 404 || showFaultError(error)); // 404: it has just happened
  };
  const line = element("span", {}, text, participant && [", only ", displayName(participant)]);
  return element("li", {}, line, element("button", { type: "button", onclick: remove }, "Remove", element("span", { class: "hidden" }, ` ${text}`)));
}

/** Shows the planned faults as the feed reports them: the reply to a request may be older. */
export function renderFaults(faults, nameOf) {
  const entries = faults.map((fault) => {
    const [text, participant] = [describeFault(fault), fault.ParticipantId && (nameOf(fault.ParticipantId) ?? "one participant")];
    return { key: fault.FaultId, version: [text, participant], text, participant };
  });
  updateList($("planned-faults"), entries, faultNode);
  $("no-faults").hidden = faults.length > 0;
  $("clear-faults").disabled = faults.length === 0;
  $("fault-badge").hidden = faults.length === 0;
  $("fault-badge").textContent = String(faults.length);
}
