// A session of ChatJS: node chatjs.cjs URL TYPE CONTACT_ID PARTICIPANT_ID PARTICIPANT_TOKEN
//
// It prints a line of JSON for each event.  A line on its input is a message to send, or `.transcript` or `.leave`.
// One process is one participant, since the sessions of a page share a WebSocket.  ChatJS is made for browsers: these
// names stand for a browser's.
const sockets = [];
class WebSocket extends require("ws").WebSocket {
  constructor(...address) {
    super(...address);
    sockets.push(this);
  }
}
Object.assign(globalThis, { WebSocket, window: globalThis, self: globalThis, addEventListener() {}, removeEventListener() {} });
globalThis.navigator ??= { onLine: true };
require("amazon-connect-chatjs");

const [endpoint, type, contactId, participantId, participantToken] = process.argv.slice(2);
const print = (event) => process.stdout.write(JSON.stringify(event) + "\n");

async function run() {
  connect.ChatSession.setGlobalConfig({ endpoint, region: "us-east-1", loggerConfig: { level: connect.LogLevel.ERROR } });
  // An agent's session asks Amazon Connect Streams for a connection token first.
  const getConnectionToken = () => Promise.reject(new Error("there is no Streams"));
  const chatDetails = { contactId, participantId, participantToken, getConnectionToken };
  const session = connect.ChatSession.create({ chatDetails, type, options: { region: "us-east-1" } });
  session.onMessage(({ data }) => print({ item: data.Content ?? data.ContentType.split("event.").at(-1), contact: data.ContactId, id: data.Id }));
  session.onEnded(() => print({ ended: true }));
  await session.connect();
  print({ connected: true, open: sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length });
  const commands = {
    ".leave": () => session.disconnectParticipant(),
    ".transcript": async () => print({ transcript: (await session.getTranscript({ maxResults: 100 })).data.Transcript.map(({ Id }) => Id) }),
  };
  for await (const line of require("node:readline").createInterface({ input: process.stdin })) {
    const send = commands[line] ?? (() => session.sendMessage({ contentType: "text/plain", message: line }));
    await send().catch((error) => print({ error: error.statusCode ?? error.type ?? String(error) }));
  }
}

run().catch((error) => { console.error(error); process.exit(1); });
