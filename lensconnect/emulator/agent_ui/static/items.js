// One item of a chat as DOM nodes.

import { displayName, element, formatSize, formatTime, parseJson } from "./dom.js";
import { eventText, INTERACTIVE, RESPONSE } from "./constants.js";

const paragraph = (text) => element("p", { class: "text", dir: "auto" }, text ?? "");
const tag = (text) => element("span", { class: "tag" }, text);
const jsonBlock = (value) => element("pre", { tabindex: "0" }, JSON.stringify(value, null, 2));

function choiceNode(choice) {
  const { templateType, data, templateIdentifier, title, subtitle, url, date, duration } = choice ?? {};
  if (data?.content) return element("li", {}, templateNode({ templateType, data }), templateIdentifier && tag(templateIdentifier));
  const line = date ? `${date}, ${duration}` : title;
  return element("li", {}, element("strong", {}, String(line ?? "")), subtitle && ` – ${subtitle}`, url && ` (${url})`);
}

function templateNode({ templateType, data }) {
  const content = data?.content ?? {};
  const choices = content.elements ?? content.timeslots;
  const rest = choices ? null : jsonBlock(content);
  return element(
    "div",
    { class: "template" },
    tag(String(templateType)),
    element("p", { class: "text" }, element("strong", {}, String(content.title ?? ""))),
    content.subtitle && element("p", { class: "text" }, String(content.subtitle)),
    content.imageData && element("p", { class: "muted" }, `Image: ${content.imageData}`),
    Array.isArray(choices) ? element("ul", {}, choices.map(choiceNode)) : rest,
    data?.replyMessage?.title && element("p", { class: "muted" }, `Reply after the choice: ${data.replyMessage.title}`),
  );
}

function responseNodes(value) {
  const data = value.data ?? {};
  return [tag("response"), paragraph(`${value.action ?? data.actionName ?? ""}`), Object.keys(data).length ? jsonBlock(data) : null];
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function messageNodes({ ContentType, Content }) {
  const value = ContentType === "text/markdown" ? undefined : parseJson(Content);
  if (isObject(value)) {
    if (ContentType === INTERACTIVE && value.templateType) return [templateNode(value)];
    if (ContentType === RESPONSE) return responseNodes(value);
    if (ContentType === "text/plain" && value.selectionText) {
      return [tag("response"), paragraph(`${value.selectionText} (${value.listTitle ?? value.templateIdentifier})`)];
    }
  }
  if (ContentType === "application/json" && value !== undefined) return [tag("JSON"), jsonBlock(value)];
  const type = ContentType === "text/plain" ? null : tag(ContentType === "text/markdown" ? "markdown" : ContentType);
  return [type, paragraph(Content)];
}

function attachmentNode(attachment, agent, showError) {
  const size = agent.sizes.get(attachment.AttachmentId);
  const canDownload = attachment.Status === "APPROVED" && agent.isOpen;
  const details = [size === undefined ? "" : formatSize(size), attachment.ContentType, attachment.Status?.toLowerCase().replace("_", " ")];
  const download = () => agent.download(attachment.AttachmentId).catch(showError);
  const label = element("span", { class: "hidden" }, ` ${attachment.AttachmentName}`);
  return element(
    "div",
    { class: "attachment" },
    element("p", { class: "text" }, element("strong", {}, displayName(attachment.AttachmentName)), element("br"), details.filter(Boolean).join(" · ")),
    canDownload && element("button", { type: "button", onclick: download }, "Download", label),
  );
}

function receiptText(item, agent) {
  if (item.ParticipantId !== agent.participantId) return "";
  const receipts = (agent.receipts.get(item.Id) ?? []).filter((receipt) => receipt.RecipientParticipantId !== agent.participantId);
  const read = receipts.find((receipt) => receipt.ReadTimestamp);
  if (read) return `Read ${formatTime(read.ReadTimestamp)}`;
  const delivered = receipts.find((receipt) => receipt.DeliveredTimestamp);
  return delivered ? `Delivered ${formatTime(delivered.DeliveredTimestamp)}` : "Sent";
}

/** The values that the node of an item shows; each is replaced by another one when it changes. */
export const itemVersion = (item, agent) =>
  [item, agent.receipts.get(item.Id), agent.isOpen, item.Attachments?.map(({ AttachmentId }) => agent.sizes.get(AttachmentId)).join()];

export function itemNode(item, agent, showError) {
  const time = element("time", { datetime: item.AbsoluteTime }, formatTime(item.AbsoluteTime));
  if (item.Type === "EVENT") {
    return element("li", { class: "event" }, item.DisplayName && displayName(item.DisplayName), item.DisplayName && " ", eventText(item.ContentType ?? ""), " ", time);
  }
  const side = item.ParticipantId === agent.participantId ? "own" : item.ParticipantRole === "SYSTEM" ? "system" : "other";
  const body = item.Type === "ATTACHMENT" ? item.Attachments.map((attachment) => attachmentNode(attachment, agent, showError)) : messageNodes(item);
  const receipt = receiptText(item, agent);
  return element(
    "li",
    { class: `message ${side}` },
    element("p", { class: "head" }, displayName(item.DisplayName), " ", element("span", { class: "role" }, (item.ParticipantRole ?? "").toLowerCase()), " ", time),
    body,
    receipt && element("p", { class: "receipt" }, receipt),
  );
}
