// Constants of the service: content types, operations, roles, topics, event names; the kinds of faults; sample interactive messages.

export const EVENT = "application/vnd.amazonaws.connect.event.";
export const INTERACTIVE = "application/vnd.amazonaws.connect.message.interactive";
export const RESPONSE = `${INTERACTIVE}.response`;

export const OPERATIONS = [
  "SendMessage", "SendEvent", "CreateParticipantConnection", "GetTranscript", "DisconnectParticipant",
  "StartAttachmentUpload", "Upload", "CompleteAttachmentUpload", "GetAttachment", "Download", "DescribeView",
  "GetAuthenticationUrl", "CancelParticipantAuthentication", "StartChatContact",
];
export const ROLES = ["CUSTOMER", "AGENT", "SUPERVISOR", "CUSTOM_BOT", "SYSTEM"];
export const TOPICS = ["aws/chat", "aws/subscribe", "aws/heartbeat", "aws/ping"];
export const HTTP_FAULTS = {
  throttle: "does not act; answers 429", error: "does not act; answers with the error status", delay: "acts, and answers after the delay",
  drop: "acts, and closes the connection without an answer", reset: "does not act; resets the connection",
  truncate: "acts, and closes the connection within the answer",
};
export const SOCKET_FAULTS = {
  drop: "loses a frame", duplicate: "sends a frame twice", reorder: "sends a frame after the next one",
  silence: "sends nothing more; the WebSocket stays open", expire: "closes the WebSocket as at the end of its hour",
  refuse: "answers a subscription with failure, a ping with 500",
};

const EVENTS = {
  "participant.joined": "joined", "participant.left": "left", "participant.invited": "was invited",
  "participant.idle": "is idle", "participant.returned": "is active again", "participant.autodisconnection": "was disconnected while idle",
  "participant.displayname.updated": "has a new name", "chat.ended": "The chat ended", "chat.rehydrated": "The earlier chat was restored",
  "transfer.succeeded": "The transfer succeeded", "transfer.failed": "The transfer failed",
};

/** A content type without the prefix that those of Connect share. */
export const shortType = (contentType) => contentType.replace(/^application\/vnd\.amazonaws\.connect\.(event\.)?/, "");

export function eventText(contentType) {
  const type = shortType(contentType);
  return EVENTS[type] ?? type.replaceAll(".", " ");
}

const template = (templateType, content, replyMessage) =>
  ({ templateType, version: "1.0", data: { ...(replyMessage && { replyMessage: { title: replyMessage } }), content } });

const withTitles = (...titles) => titles.map((title) => ({ title }));

const listPicker = template("ListPicker", {
  title: "What would you like?", subtitle: "Tap one",
  elements: [{ title: "Margherita", subtitle: "Tomato, mozzarella" }, { title: "Funghi", subtitle: "Mushrooms" }],
}, "Thanks for choosing!");

const inCarousel = (templateIdentifier, element) => ({ templateIdentifier, ...element });

export const SAMPLES = {
  "List picker": listPicker,
  "Time picker": template("TimePicker", {
    title: "When may we call?", subtitle: "All times are yours", timeZoneOffset: 60,
    location: { latitude: 47.37, longitude: 8.54, title: "Zürich", radius: 1 },
    timeslots: [{ date: "2030-01-07T09:00+00:00", duration: 30 }, { date: "2030-01-07T10:30+00:00", duration: 30 }],
  }, "See you then!"),
  Panel: template("Panel", { title: "How can I help?", subtitle: "Pick a topic", elements: withTitles("Order", "Delivery", "Refund") }),
  "Quick reply": template("QuickReply", { title: "Did that help?", elements: withTitles("Yes", "No", "Not sure") }),
  Carousel: template("Carousel", {
    title: "Our menu",
    elements: [
      inCarousel("menu-1", listPicker),
      inCarousel("menu-2", template("Panel", { title: "Drinks", elements: withTitles("Water", "Lemonade") })),
    ],
  }),
};
