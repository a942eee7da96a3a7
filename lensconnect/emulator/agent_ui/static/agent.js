// The agent in one chat, as a client of the service: connection, socket, transcript, receipts.

import { control, fresh, operation, put } from "./api.js";
import { parsed } from "./dom.js";
import { EVENT, INTERACTIVE } from "./words.js";

const HEARTBEAT = 10_000;
const TYPING_SENT = 10_000;
const TYPING_SHOWN = 12_000;
const TYPES = { csv: "text/csv", heic: "image/heic", jfif: "image/jpeg", rtf: "application/rtf" }; // where the browser knows none

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const isMessage = (item) => item.Type === "MESSAGE" || item.Type === "ATTACHMENT";

export const agentOf = (chat) => chat.Participants.find((one) => one.ParticipantRole === "AGENT");
export const customerOf = (chat) => chat.Participants.find((one) => one.ParticipantRole === "CUSTOMER");

export class Agent {
  constructor(contactId, me, changed) {
    this.contactId = contactId;
    this.me = me;
    this.changed = changed;
    this.standing = "connecting"; // connecting, connected, reconnecting, over
    this.items = new Map();
    this.receipts = new Map();
    this.sizes = new Map();
    this.read = new Set();
    this.typists = new Map();
    this.viewed = false;
    this.typed = 0;
  }

  get open() {
    return this.standing !== "over";
  }

  sorted() {
    return [...this.items.values()].sort((a, b) => (a.AbsoluteTime < b.AbsoluteTime ? -1 : 1));
  }

  unread() {
    return this.sorted().filter(
      (one) => isMessage(one) && one.ParticipantId !== this.me && one.ParticipantRole !== "SYSTEM" && !this.read.has(one.Id),
    );
  }

  /** Stays connected until the chat is over or left. */
  async run() {
    let wait = 500;
    while (this.open) {
      try {
        const { ended } = await this.#connect();
        this.#set("connected");
        wait = 500;
        await ended;
      } catch (refusal) {
        if (refusal.status === 403) return this.#finish();
      }
      if (!this.open) return;
      this.#set("reconnecting");
      await pause(wait * (0.7 + 0.6 * Math.random()));
      wait = Math.min(wait * 2, 10_000);
    }
  }

  async #connect() {
    const { Chats } = await control("GET", "chats");
    const agent = agentOf(Chats.find((one) => one.ContactId === this.contactId));
    const opened = await operation("connection", agent.ParticipantToken, { Type: ["WEBSOCKET", "CONNECTION_CREDENTIALS"] });
    this.token = opened.ConnectionCredentials.ConnectionToken;
    const socket = new WebSocket(opened.Websocket.Url);
    const closed = new Promise((done) => socket.addEventListener("close", done));
    await this.#subscribed(socket, closed);
    this.socket = socket;
    const dead = this.#beat(socket);
    await this.#catchUp();
    return { ended: Promise.race([closed, dead]).finally(() => socket.close()) };
  }

  #subscribed(socket, closed) {
    return new Promise((done, fail) => {
      closed.then(() => fail(new Error("closed")));
      socket.addEventListener("open", () => {
        socket.send(JSON.stringify({ topic: "aws/subscribe", content: { topics: ["aws/chat"] } }));
      });
      socket.addEventListener("message", ({ data }) => {
        const frame = parsed(data) ?? {};
        if (frame.topic === "aws/subscribe") {
          if (frame.content?.status === "success") return done();
          fail(new Error("refused"));
          socket.close();
        }
        if (frame.topic === "aws/heartbeat") socket.beating = true;
        const item = frame.topic === "aws/chat" ? parsed(frame.content) : undefined;
        if (item) this.#hear(item);
      });
      setTimeout(() => fail(new Error("no answer")), 5000);
    });
  }

  /** Settles when a heartbeat was not echoed by the time of the next, or the socket is gone. */
  async #beat(socket) {
    do {
      socket.beating = false;
      socket.send('{"topic":"aws/heartbeat"}');
      await pause(HEARTBEAT);
    } while (socket.beating && socket.readyState === WebSocket.OPEN);
  }

  async #catchUp() {
    let more;
    do {
      const asked = { MaxResults: 100, ScanDirection: "BACKWARD", SortOrder: "ASCENDING", ...(more && { NextToken: more }) };
      const page = await operation("transcript", this.token, asked);
      const known = page.Transcript.every((item) => this.items.has(item.Id));
      page.Transcript.forEach((item) => this.#merge(item));
      more = known ? "" : page.NextToken;
    } while (more);
    this.#settleRead();
    this.look();
    this.changed();
  }

  /** Whatever comes before something that was read counts as read. */
  #settleRead() {
    const sorted = this.sorted();
    const last = sorted.findLastIndex((item) => this.receipts.get(item.Id)?.find((one) => one.RecipientParticipantId === this.me)?.ReadTimestamp);
    sorted.slice(0, last + 1).forEach((item) => this.read.add(item.Id));
  }

  #merge(item) {
    if (item.Type === "MESSAGEMETADATA" || item.MessageMetadata?.Receipts) {
      this.receipts.set(item.MessageMetadata.MessageId ?? item.Id, item.MessageMetadata.Receipts ?? []);
    }
    if (item.Type !== "MESSAGEMETADATA") this.items.set(item.Id, item);
    if (item.Type === "ATTACHMENT") item.Attachments?.forEach((one) => this.#measure(one));
  }

  #hear(item) {
    if (item.ContentType === `${EVENT}typing`) this.#typing(item);
    else this.#merge(item);
    if (isMessage(item) && item.ParticipantId !== this.me) {
      this.typists.delete(item.ParticipantId);
      if (!this.look() && item.ParticipantRole !== "SYSTEM") this.#receipt("delivered", item.Id);
    }
    if (item.ContentType === `${EVENT}chat.ended`) this.#finish();
    this.changed();
  }

  #typing(item) {
    if (item.ParticipantId === this.me) return;
    const until = Date.now() + TYPING_SHOWN;
    this.typists.set(item.ParticipantId, { name: item.DisplayName, until });
    setTimeout(() => {
      if (this.typists.get(item.ParticipantId)?.until === until) this.typists.delete(item.ParticipantId);
      this.changed();
    }, TYPING_SHOWN);
  }

  /** Says that everything was read, if somebody is looking; whether somebody is. */
  look() {
    if (!this.viewed || document.visibilityState !== "visible" || !this.token) return false;
    const unread = this.unread();
    unread.forEach((item) => this.read.add(item.Id));
    if (unread.length && this.open) this.#receipt("read", unread.at(-1).Id);
    return true;
  }

  #receipt(kind, messageId) {
    const event = { ContentType: `${EVENT}message.${kind}`, Content: JSON.stringify({ messageId }), ClientToken: fresh() };
    operation("event", this.token, event).catch(() => {}); // refused with three participants, and after the end
  }

  async #measure({ AttachmentId, Status }) {
    if (Status !== "APPROVED" || this.sizes.has(AttachmentId) || !this.open) return;
    this.sizes.set(AttachmentId, undefined);
    try {
      this.sizes.set(AttachmentId, (await this.#fetchable(AttachmentId, 5)).AttachmentSizeInBytes);
      this.changed();
    } catch {
      this.sizes.delete(AttachmentId);
    }
  }

  #fetchable(attachmentId, seconds) {
    return operation("attachment", this.token, { AttachmentId: attachmentId, UrlExpiryInSeconds: seconds });
  }

  /** The URL stays out of the page: it is followed by an anchor that nobody sees. */
  async download(attachmentId) {
    const anchor = document.createElement("a");
    anchor.href = (await this.#fetchable(attachmentId, 60)).Url;
    anchor.download = "";
    anchor.click();
  }

  say(content, contentType, clientToken) {
    this.typed = 0;
    return operation("message", this.token, { ContentType: contentType, Content: content, ClientToken: clientToken });
  }

  sayAsSystem(content, contentType) {
    const display = contentType === INTERACTIVE ? { DisplayName: "BOT" } : {};
    return control("POST", `chats/${this.contactId}/messages`, { Content: content, ContentType: contentType, ...display });
  }

  typing() {
    if (Date.now() - this.typed < TYPING_SENT || !this.token) return;
    this.typed = Date.now();
    operation("event", this.token, { ContentType: `${EVENT}typing`, ClientToken: fresh() }).catch(() => (this.typed = 0));
  }

  async attach(file) {
    const begun = await operation("start-attachment-upload", this.token, {
      ContentType: file.type || TYPES[file.name.split(".").pop().toLowerCase()] || "application/octet-stream",
      AttachmentSizeInBytes: file.size,
      AttachmentName: file.name,
      ClientToken: fresh(),
    });
    await put(begun.UploadMetadata, file);
    await operation("complete-attachment-upload", this.token, { AttachmentIds: [begun.AttachmentId], ClientToken: fresh() });
  }

  async leave() {
    await operation("disconnect", this.token, { ClientToken: fresh() });
    await this.#finish();
  }

  /** Over: what is not known yet is read where the emulator keeps it. */
  async #finish() {
    this.standing = "over";
    this.socket?.close();
    this.typists.clear();
    await this.review();
  }

  async review() {
    this.standing = "over";
    const { Items } = await control("GET", `chats/${this.contactId}/items`).catch(() => ({ Items: [] }));
    Items.forEach((item) => this.#merge(item));
    this.#settleRead();
    this.changed();
  }

  #set(standing) {
    if (this.open) this.standing = standing;
    this.changed();
  }
}
