// One item of a chat, made readable.

import { bytes, clock, el, name, parsed } from "./dom.js";
import { eventText, INTERACTIVE, RESPONSE } from "./words.js";

const text = (content) => el("p", { class: "text", dir: "auto" }, content ?? "");
const tag = (content) => el("span", { class: "tag" }, content);
const pretty = (value) => el("pre", { tabindex: "0" }, JSON.stringify(value, null, 2));

function choice(element) {
  const { templateType, data, templateIdentifier, title, subtitle, url, date, duration } = element ?? {};
  if (data?.content) return el("li", {}, template({ templateType, data }), templateIdentifier && tag(templateIdentifier));
  const line = date ? `${date}, ${duration}` : title;
  return el("li", {}, el("strong", {}, String(line ?? "")), subtitle && ` – ${subtitle}`, url && ` (${url})`);
}

function template({ templateType, data }) {
  const content = data?.content ?? {};
  const choices = content.elements ?? content.timeslots;
  const rest = choices ? null : pretty(content);
  return el(
    "div",
    { class: "template" },
    tag(String(templateType)),
    el("p", { class: "text" }, el("strong", {}, String(content.title ?? ""))),
    content.subtitle && el("p", { class: "text" }, String(content.subtitle)),
    content.imageData && el("p", { class: "quiet" }, `Image: ${content.imageData}`),
    Array.isArray(choices) ? el("ul", {}, choices.map(choice)) : rest,
    data?.replyMessage?.title && el("p", { class: "quiet" }, `Afterwards: ${data.replyMessage.title}`),
  );
}

function response(value) {
  const data = value.data ?? {};
  return [tag("answer"), text(`${value.action ?? data.actionName ?? ""}`), Object.keys(data).length ? pretty(data) : null];
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function message({ ContentType, Content }) {
  const value = ContentType === "text/markdown" ? undefined : parsed(Content);
  if (isObject(value)) {
    if (ContentType === INTERACTIVE && value.templateType) return [template(value)];
    if (ContentType === RESPONSE) return response(value);
    if (ContentType === "text/plain" && value.selectionText) {
      return [tag("answer"), text(`${value.selectionText} (${value.listTitle ?? value.templateIdentifier})`)];
    }
  }
  if (ContentType === "application/json" && value !== undefined) return [tag("JSON"), pretty(value)];
  const kind = ContentType === "text/plain" ? null : tag(ContentType === "text/markdown" ? "markdown" : ContentType);
  return [kind, text(Content)];
}

function attachment(one, agent, failed) {
  const size = agent.sizes.get(one.AttachmentId);
  const fetchable = one.Status === "APPROVED" && agent.open;
  const about = [size === undefined ? "" : bytes(size), one.ContentType, one.Status?.toLowerCase().replace("_", " ")];
  const download = () => agent.download(one.AttachmentId).catch(failed);
  return el(
    "div",
    { class: "attachment" },
    el("p", { class: "text" }, el("strong", {}, name(one.AttachmentName)), el("br"), about.filter(Boolean).join(" · ")),
    fetchable && el("button", { type: "button", onclick: download }, "Download", el("span", { class: "hidden" }, ` ${one.AttachmentName}`)),
  );
}

function receipt(item, agent) {
  if (item.ParticipantId !== agent.me) return "";
  const others = (agent.receipts.get(item.Id) ?? []).filter((one) => one.RecipientParticipantId !== agent.me);
  const read = others.find((one) => one.ReadTimestamp);
  if (read) return `Read ${clock(read.ReadTimestamp)}`;
  const delivered = others.find((one) => one.DeliveredTimestamp);
  return delivered ? `Delivered ${clock(delivered.DeliveredTimestamp)}` : "Sent";
}

/** What a node of this item depends on. */
export const stamp = (item, agent) =>
  JSON.stringify([item, receipt(item, agent), agent.open, item.Attachments?.map((one) => agent.sizes.get(one.AttachmentId))]);

export function shown(item, agent, failed) {
  const time = el("time", { datetime: item.AbsoluteTime }, clock(item.AbsoluteTime));
  if (item.Type === "EVENT") {
    return el("li", { class: "event" }, item.DisplayName && name(item.DisplayName), item.DisplayName && " ", eventText(item.ContentType ?? ""), " ", time);
  }
  const side = item.ParticipantId === agent.me ? "own" : item.ParticipantRole === "SYSTEM" ? "system" : "other";
  const body = item.Type === "ATTACHMENT" ? item.Attachments.map((one) => attachment(one, agent, failed)) : message(item);
  const receipted = receipt(item, agent);
  return el(
    "li",
    { class: `message ${side}` },
    el("p", { class: "head" }, name(item.DisplayName), " ", el("span", { class: "role" }, (item.ParticipantRole ?? "").toLowerCase()), " ", time),
    body,
    receipted && el("p", { class: "receipt" }, receipted),
  );
}
