// The service's operations and the emulator's own doors, by fetch.

export class Refusal extends Error {
  constructor(status, code, text) {
    super(status ? `${status} ${code}${text ? `: ${text}` : ""}` : text);
    this.status = status;
  }
}

async function asked(method, path, body, headers = {}) {
  let response;
  let text;
  try {
    response = await fetch(path, { method, headers, body });
    text = await response.text();
  } catch {
    throw new Refusal(0, "", "No reply: the connection was cut.");
  }
  let reply = {};
  try {
    reply = text ? JSON.parse(text) : {};
  } catch {
    if (response.ok) throw new Refusal(response.status, "", "The reply is not JSON.");
  }
  if (response.ok) return reply;
  throw new Refusal(response.status, response.headers.get("x-amzn-errortype") ?? "", reply.message ?? reply.Message);
}

const json = { "Content-Type": "application/json" };

/** One of the participant service's POST operations, with its bearer token. */
export const operation = (path, token, body) =>
  asked("POST", `/participant/${path}`, JSON.stringify(body), { ...json, "X-Amz-Bearer": token });

/** One of the emulator's own doors. */
export const control = (method, path, body) =>
  asked(method, `/_emulator/${path}`, body && JSON.stringify(body), body && json);

export const stopContact = (contactId) =>
  asked("POST", "/contact/stop", JSON.stringify({ InstanceId: "emulator", ContactId: contactId }), json);

/** Puts a file where StartAttachmentUpload said; the browser itself writes Content-Length. */
export function put(target, file) {
  const headers = { ...target.HeadersToInclude };
  delete headers["Content-Length"];
  return asked("PUT", target.Url, file, headers);
}

export const fresh = () => crypto.randomUUID();
