// The agent in one chat, as a client of the service: connection, WebSocket, transcript, receipts.

import { callAdmin, callOperation, newClientToken, uploadFile } from "./api.js";
import { parseJson } from "./dom.js";
import { EVENT, INTERACTIVE } from "./constants.js";

// Milliseconds.
const HEARTBEAT_INTERVAL = 10_000;
const TYPING_INTERVAL = 10_000;
const TYPING_SHOWN = 12_000;
const SUBSCRIBE_TIMEOUT = 5_000;
const FIRST_RECONNECT_DELAY = 500;
const LONGEST_RECONNECT_DELAY = 10_000;
const STEADY = 30_000; // a connection that lasted longer is no failed attempt

const MOST_ATTEMPTS = 6; // in a row; some 15 seconds

/** Media types that browsers do not know, by file name extension. */
const MEDIA_TYPES = { csv: "text/csv", heic: "image/heic", jfif: "image/jpeg", rtf: "application/rtf" };

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const isMessage = (item) => item.Type === "MESSAGE" || item.Type === "ATTACHMENT";

const laterItem = (item, other) => (item.AbsoluteTime > other.AbsoluteTime ? item : other);

/** Sets an entry, unless it is equal to the one that is there; returns whether it did. */
function setChanged(map, key, value) {
  const isChanged = JSON.stringify(map.get(key)) !== JSON.stringify(value);
  if (isChanged) map.set(key, value);
  return isChanged;
}

export const participantOf = (chat, id) => chat.Participants.find((participant) => participant.ParticipantId === id);
export const agentOf = (chat) => chat.Participants.find((participant) => participant.ParticipantRole === "AGENT");
export const customerOf = (chat) => chat.Participants.find((participant) => participant.ParticipantRole === "CUSTOMER");

export class Agent {
  constructor(contactId, participantId, onChange) {
    this.contactId = contactId;
    this.participantId = participantId;
    this.onChange = onChange;
    this.status = "connecting"; // connecting, connected, reconnecting, not connected, over
    this.problem = ""; // the reason why the last attempt failed
    this.items = new Map();
    this.sorted = undefined; // the items in order of time, unless one came that is not the newest
    this.receipts = new Map();
    this.sizes = new Map();
    this.unread = new Map(); // messages of others, until a read receipt is sent
    this.typists = new Map();
    this.isShown = false;
    this.typingSentAt = 0;
  }

  get isOpen() {
    return this.status !== "over";
  }

  get hasGivenUp() {
    return this.status === "not connected";
  }

  sortedItems() {
    return (this.sorted ??= [...this.items.values()].sort((a, b) => (a.AbsoluteTime < b.AbsoluteTime ? -1 : 1)));
  }

  /** Closes the WebSocket for good, also while it connects. */
  stop() {
    this.status = "over";
    this.socket?.close();
  }

  /** Stays connected until the chat ends, the agent leaves it, or too many attempts in a row fail. */
  async run() {
    let attempts = 0;
    while (this.isOpen) {
      const start = Date.now();
      try {
        const { closed } = await this.#connect();
        this.#setStatus("connected");
        await closed;
        this.problem = "The WebSocket was closed.";
      } catch (error) {
        if (error.status === 403) return this.#end();
        this.problem = error.message;
      }
      if (!this.isOpen) return;
      attempts = Date.now() - start > STEADY ? 1 : attempts + 1;
      if (attempts === MOST_ATTEMPTS) return this.#setStatus("not connected");
      this.#setStatus("reconnecting");
      const delay = Math.min(FIRST_RECONNECT_DELAY * 2 ** (attempts - 1), LONGEST_RECONNECT_DELAY);
      await sleep(delay * (0.7 + 0.6 * Math.random()));
    }
  }

  /** Connects again after it has given up. */
  async runAgain() {
    if (!this.hasGivenUp) return;
    this.#setStatus("connecting");
    await this.run();
  }

  async #connect() {
    const { Chats } = await callAdmin("GET", "chats");
    const chat = Chats.find(({ ContactId }) => ContactId === this.contactId);
    const agent = chat && participantOf(chat, this.participantId);
    if (!agent) throw new Error("The emulator has no such chat or agent.");
    const connection = await callOperation("connection", agent.ParticipantToken, { Type: ["WEBSOCKET", "CONNECTION_CREDENTIALS"] });
    this.token = connection.ConnectionCredentials.ConnectionToken;
    if (!this.isOpen) throw new Error("stopped");
    const socket = (this.socket = new WebSocket(connection.Websocket.Url));
    try {
      const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
      await this.#subscribe(socket, closed);
      const unanswered = this.#sendHeartbeats(socket);
      await this.#catchUp();
      return { closed: Promise.race([closed, unanswered]).finally(() => socket.close()) };
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  #subscribe(socket, closed) {
    return new Promise((resolve, reject) => {
      closed.then(() => reject(new Error("closed")));
      socket.addEventListener("open", () => {
        socket.send(JSON.stringify({ topic: "aws/subscribe", content: { topics: ["aws/chat"] } }));
      });
      socket.addEventListener("message", ({ data }) => {
        const frame = parseJson(data) ?? {};
        if (frame.topic === "aws/subscribe") {
          if (frame.content?.status === "success") return resolve();
          reject(new Error("refused"));
        }
        if (frame.topic === "aws/heartbeat") socket.heartbeatAnswered = true;
        const item = frame.topic === "aws/chat" ? parseJson(frame.content) : undefined;
        if (item) this.#receive(item);
      });
      setTimeout(() => reject(new Error("no answer")), SUBSCRIBE_TIMEOUT);
    });
  }

  /** Resolves when a heartbeat is not echoed before the next one is due, or the WebSocket is closed. */
  async #sendHeartbeats(socket) {
    do {
      socket.heartbeatAnswered = false;
      socket.send('{"topic":"aws/heartbeat"}');
      await sleep(HEARTBEAT_INTERVAL);
    } while (socket.heartbeatAnswered && socket.readyState === WebSocket.OPEN);
  }

  /** Reads the transcript backward until a page holds known items only. */
  async #catchUp() {
    let nextToken;
    do {
      const query = { MaxResults: 100, ScanDirection: "BACKWARD", SortOrder: "ASCENDING", ...(nextToken && { NextToken: nextToken }) };
      const page = await callOperation("transcript", this.token, query);
      const allKnown = page.Transcript.every((item) => this.items.has(item.Id));
      page.Transcript.forEach((item) => this.#merge(item));
      nextToken = allKnown ? "" : page.NextToken;
    } while (nextToken);
    this.#markEarlierItemsRead();
    this.markRead();
    this.onChange();
  }

  /** Marks each item before the last one with a read receipt of this agent. */
  #markEarlierItemsRead() {
    const items = this.sortedItems();
    const isRead = (item) => this.receipts.get(item.Id)?.find((receipt) => receipt.RecipientParticipantId === this.participantId)?.ReadTimestamp;
    items.slice(0, items.findLastIndex(isRead) + 1).forEach((item) => this.unread.delete(item.Id));
  }

  #merge(item) {
    if (item.Type === "MESSAGEMETADATA" || item.MessageMetadata?.Receipts) {
      setChanged(this.receipts, item.MessageMetadata.MessageId ?? item.Id, item.MessageMetadata.Receipts ?? []);
    }
    const isNew = !this.items.has(item.Id);
    if (item.Type !== "MESSAGEMETADATA" && setChanged(this.items, item.Id, item)) this.#place(item, isNew);
    if (item.Type === "ATTACHMENT") item.Attachments?.forEach((attachment) => this.#fetchSize(attachment));
  }

  #place(item, isNew) {
    if (isNew && this.sorted?.length && item.AbsoluteTime >= this.sorted.at(-1).AbsoluteTime) this.sorted.push(item);
    else this.sorted = undefined;
    const isOfOther = item.ParticipantId !== this.participantId && item.ParticipantRole !== "SYSTEM";
    if (isNew && isOfOther && isMessage(item)) this.unread.set(item.Id, item);
  }

  #receive(item) {
    if (item.ContentType === `${EVENT}typing`) this.#showTyping(item);
    else this.#merge(item);
    if (isMessage(item) && item.ParticipantId !== this.participantId) {
      this.typists.delete(item.ParticipantId);
      if (!this.markRead() && item.ParticipantRole !== "SYSTEM") this.#sendReceipt("delivered", item.Id);
    }
    if (item.ContentType === `${EVENT}chat.ended`) this.#end();
    this.onChange();
  }

  #showTyping(item) {
    if (item.ParticipantId === this.participantId) return;
    const until = Date.now() + TYPING_SHOWN;
    this.typists.set(item.ParticipantId, { name: item.DisplayName, until });
    setTimeout(() => {
      if (this.typists.get(item.ParticipantId)?.until === until) this.typists.delete(item.ParticipantId);
      this.onChange();
    }, TYPING_SHOWN);
  }

  /** Marks every item as read and sends the receipt, if the chat is visible; returns whether it is. */
  markRead() {
    if (!this.isShown || document.visibilityState !== "visible" || !this.token) return false;
    if (this.unread.size && this.isOpen) this.#sendReceipt("read", [...this.unread.values()].reduce(laterItem).Id);
    this.unread.clear();
    return true;
  }

  #sendReceipt(kind, messageId) {
    const event = { ContentType: `${EVENT}message.${kind}`, Content: JSON.stringify({ messageId }), ClientToken: newClientToken() };
    callOperation("event", this.token, event).catch(() => {}); // refused with three participants, and after the end
  }

  async #fetchSize({ AttachmentId, Status }) {
    if (Status !== "APPROVED" || this.sizes.has(AttachmentId) || !this.isOpen) return;
    this.sizes.set(AttachmentId, undefined);
    try {
      this.sizes.set(AttachmentId, (await this.#getAttachment(AttachmentId, 5)).AttachmentSizeInBytes);
      this.onChange();
    } catch {
      this.sizes.delete(AttachmentId);
    }
  }

  #getAttachment(attachmentId, seconds) {
    return callOperation("attachment", this.token, { AttachmentId: attachmentId, UrlExpiryInSeconds: seconds });
  }

  /** Downloads a file through a link that is not part of the page, so that the page never holds the presigned URL. */
  async download(attachmentId) {
    const link = document.createElement("a");
    link.href = (await this.#getAttachment(attachmentId, 60)).Url;
    link.download = "";
    link.click();
  }

  sendMessage(content, contentType, clientToken) {
    this.typingSentAt = 0;
    return callOperation("message", this.token, { ContentType: contentType, Content: content, ClientToken: clientToken });
  }

  sendAsSystem(content, contentType) {
    const name = contentType === INTERACTIVE ? { DisplayName: "BOT" } : {};
    return callAdmin("POST", `chats/${this.contactId}/messages`, { Content: content, ContentType: contentType, ...name });
  }

  sendTyping() {
    if (Date.now() - this.typingSentAt < TYPING_INTERVAL || !this.token) return;
    this.typingSentAt = Date.now();
    const event = { ContentType: `${EVENT}typing`, ClientToken: newClientToken() };
    callOperation("event", this.token, event).catch(() => (this.typingSentAt = 0));
  }

  async attachFile(file) {
    const upload = await callOperation("start-attachment-upload", this.token, {
      ContentType: file.type || MEDIA_TYPES[file.name.split(".").pop().toLowerCase()] || "application/octet-stream",
      AttachmentSizeInBytes: file.size,
      AttachmentName: file.name,
      ClientToken: newClientToken(),
    });
    await uploadFile(upload.UploadMetadata, file);
    await callOperation("complete-attachment-upload", this.token, { AttachmentIds: [upload.AttachmentId], ClientToken: newClientToken() });
  }

  async leave() {
    await callOperation("disconnect", this.token, { ClientToken: newClientToken() });
    await this.#end();
  }

  async #end() {
    this.stop();
    this.typists.clear();
    await this.loadEndedChat();
  }

  /** Reads the transcript by the admin API, as the token is no longer valid. */
  async loadEndedChat() {
    this.status = "over";
    const { Items } = await callAdmin("GET", `chats/${this.contactId}/items`).catch(() => ({ Items: [] }));
    Items.forEach((item) => this.#merge(item));
    this.#markEarlierItemsRead();
    this.onChange();
  }

  #setStatus(status) {
    if (this.isOpen) this.status = status;
    this.onChange();
  }
}
