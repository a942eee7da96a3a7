// Contact flows: those that play in the open chat, the choice for a new chat, and the form that writes a script.

import { callAdmin } from "./api.js";
import { $, displayName, element, formatTime, updateList } from "./dom.js";

const END = "[end]";
const NO_FLOW = ""; // the name by which the admin API starts a chat without a flow

function statusText({ Status, Until }) {
  if (Status === "sleeps") return Until ? `sleeps until ${formatTime(Until)}` : "sleeps";
  return { waits: "waits for a message or event", over: "is over", failed: "failed" }[Status] ?? Status;
}

/** The flows of a chat as values; the contact flow is one of them before it begins. */
function flowsOf(chat) {
  if (!chat) return [];
  const hasBegun = chat.Flows.some(({ DisplayName, Name }) => DisplayName === "SYSTEM_MESSAGE" && Name === chat.Flow);
  return chat.Flow && !hasBegun && !chat.Over ? [{ Name: chat.Flow, Status: "begins when the customer joins" }, ...chat.Flows] : chat.Flows;
}

function flowNode({ flow }) {
  const by = flow.DisplayName && flow.DisplayName !== "SYSTEM_MESSAGE" ? [" as ", displayName(flow.DisplayName)] : [];
  const place = flow.Line ? [" at ", element("code", { title: flow.Line }, flow.Line.split(/[\\/]/).at(-1))] : [];
  const line = [element("strong", {}, displayName(flow.Name)), ...by, `: ${statusText(flow)}`, ...place];
  if (!flow.Failure) return element("li", {}, "Flow ", line);
  const [reason] = flow.Failure.split("\n");
  return element(
    "li",
    {},
    element(
      "details",
      {},
      element("summary", { class: "failed" }, "Flow ", line, `. ${reason.slice(0, 200)}`),
      element("pre", { tabindex: "0", "aria-label": "Traceback" }, flow.Failure),
    ),
  );
}

/** Shows the flows of the open chat. */
export function renderFlows(chat) {
  const entries = flowsOf(chat).map((flow, index) => ({ key: `${chat.ContactId} ${index}`, version: [JSON.stringify(flow)], flow }));
  updateList($("flows"), entries, flowNode);
}

export const hasFailedFlow = (chat) => chat.Flows.some(({ Status }) => Status === "failed");

/** Offers the flows that a new chat can have: the default one first, and none. */
export function renderChoice(flows) {
  const chosen = $("flow").value;
  const names = [...flows.map(({ Name }) => Name), NO_FLOW];
  updateList($("flow"), names.map((key) => ({ key, version: [] })), ({ key }) => element("option", { value: key }, key || "none"));
  const isDefault = flows.length > 0 && !flows[0].Script && $("flow").dataset.chosen === undefined;
  $("flow").value = isDefault ? flows[0].Name : names.includes(chosen) ? chosen : NO_FLOW;
  $("flow").disabled = flows.length === 0;
}

export const chosenFlow = () => $("flow").value;

/** The answers in lines `pattern -> answer`, with END behind those that end the chat; throws an Error that names a line without an arrow. */
function parseAnswers(text) {
  return text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => {
      const [pattern, ...rest] = line.split("->");
      if (!rest.length) throw new Error(`“${line.trim()}” is not: pattern -> answer`);
      const answer = rest.join("->").trim();
      const Ends = answer.endsWith(END);
      return { Pattern: pattern.trim(), Answer: Ends ? answer.slice(0, -END.length).trim() : answer, Ends };
    });
}

async function saveScript(event) {
  event.preventDefault();
  const name = $("script-name").value.trim();
  try {
    const { Flows } = await callAdmin("POST", "flows", {
      Name: name,
      Greeting: $("script-greeting").value.trim(),
      Answers: parseAnswers($("script-answers").value),
      Otherwise: $("script-otherwise").value.trim(),
    });
    $("flow").dataset.chosen = "";
    renderChoice(Flows);
    $("flow").value = name;
    $("script-status").textContent = `Saved. A new chat has the flow ${name}.`;
  } catch (error) {
    $("script-status").textContent = `Not saved. ${error.message}`;
  }
}

export function initFlowPanel() {
  $("script-form").addEventListener("submit", saveScript);
  $("flow").addEventListener("change", () => ($("flow").dataset.chosen = ""));
}
