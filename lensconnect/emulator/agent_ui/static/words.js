// The service's words, its operations, and samples of what a flow would send.

export const EVENT = "application/vnd.amazonaws.connect.event.";
export const INTERACTIVE = "application/vnd.amazonaws.connect.message.interactive";
export const RESPONSE = `${INTERACTIVE}.response`;

export const OPERATIONS = [
  "SendMessage", "SendEvent", "CreateParticipantConnection", "GetTranscript", "DisconnectParticipant",
  "StartAttachmentUpload", "Upload", "CompleteAttachmentUpload", "GetAttachment", "Download", "DescribeView",
  "GetAuthenticationUrl", "CancelParticipantAuthentication", "StartChatContact",
];
export const TOPICS = ["aws/chat", "aws/subscribe", "aws/heartbeat", "aws/ping"];
export const HTTP_FAULTS = {
  throttle: "429 instead of acting", error: "5xx (Status) instead of acting", delay: "acts, answers after Seconds",
  drop: "acts, closes without an answer", reset: "resets the connection instead of acting", truncate: "acts, half an answer",
};
export const SOCKET_FAULTS = {
  drop: "the frame is lost", duplicate: "the frame comes twice", reorder: "the next frame overtakes it",
  silence: "nothing more comes, the socket stays open", expire: "the socket ends as if its time were over",
  refuse: "a subscription fails, a ping is answered 500",
};

const EVENTS = {
  "participant.joined": "joined", "participant.left": "left", "participant.invited": "was invited",
  "participant.idle": "is idle", "participant.returned": "is back", "participant.autodisconnection": "was disconnected for silence",
  "participant.displayname.updated": "has a new name", "chat.ended": "The chat ended", "chat.rehydrated": "The earlier chat is back",
  "transfer.succeeded": "The transfer succeeded", "transfer.failed": "The transfer failed",
};

export const short = (contentType) => contentType.replace(/^application\/vnd\.amazonaws\.connect\.(event\.)?/, "");

export function eventText(contentType) {
  const kind = short(contentType);
  return EVENTS[kind] ?? kind.replaceAll(".", " ");
}

const template = (templateType, content, replyMessage) =>
  ({ templateType, version: "1.0", data: { ...(replyMessage && { replyMessage: { title: replyMessage } }), content } });

const titled = (...titles) => titles.map((title) => ({ title }));

const pizzas = template("ListPicker", {
  title: "What would you like?", subtitle: "Tap one",
  elements: [{ title: "Margherita", subtitle: "Tomato, mozzarella" }, { title: "Funghi", subtitle: "Mushrooms" }],
}, "Thanks for choosing!");

const nested = (templateIdentifier, from) => ({ templateIdentifier, ...from });

export const SAMPLES = {
  "List picker": pizzas,
  "Time picker": template("TimePicker", {
    title: "When may we call?", subtitle: "All times are yours", timeZoneOffset: 60,
    location: { latitude: 47.37, longitude: 8.54, title: "Zürich", radius: 1 },
    timeslots: [{ date: "2030-01-07T09:00+00:00", duration: 30 }, { date: "2030-01-07T10:30+00:00", duration: 30 }],
  }, "See you then!"),
  Panel: template("Panel", { title: "How can I help?", subtitle: "Pick a topic", elements: titled("Order", "Delivery", "Refund") }),
  "Quick reply": template("QuickReply", { title: "Did that help?", elements: titled("Yes", "No", "Not sure") }),
  Carousel: template("Carousel", {
    title: "Our menu",
    elements: [
      nested("menu-1", pizzas),
      nested("menu-2", template("Panel", { title: "Drinks", elements: titled("Water", "Lemonade") })),
    ],
  }),
};
